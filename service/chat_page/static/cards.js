/* Turns a card of a turn into elements; a kind nobody knows is left out, for the words say it all. */

import { h, icon } from "./dom.js";
import { day, moment, percent, yuan } from "./format.js";
import { download } from "./statements.js";

const KINDS = { bill, limit, schedule, payments, payoff, quote, receipt };
const STATES = { paid: "已还", due: "待还", overdue: "逾期", upcoming: "未到期", by_plan: "按方案" };
const ROWS_SHOWN = 4;
const TICK = "m5 12.5 4.5 4.500L19 7.500";

export function card(data) {
  const make = Object.hasOwn(KINDS, data?.kind) ? KINDS[data.kind] : null;
  if (!make) return null;
  try {
    return make(data);
  } catch (broken) {
    console.warn("a card could not be shown", data.kind, broken);
    return null;
  }
}

const amount = (fen) => h("p", { class: "big" }, h("small", {}, "¥"), yuan(fen));
const pill = (state, words) => h("span", { class: `pill ${state}` }, words);
const list = (value) => (Array.isArray(value) ? value : []);
const frame = (label, ...children) => h("section", { class: "card", "aria-label": label }, ...children);
const foot = (...children) => h("div", { class: "card-foot" }, ...children);
const head = (title, mark) => h("div", { class: "card-head" }, h("h3", {}, title), mark);
const body = (...children) => h("div", { class: "card-body" }, ...children);

function facts(...rows) {
  const shown = rows.filter(Boolean);
  if (!shown.length) return null;
  return h("dl", { class: "facts" }, shown.map(([name, value, look]) =>
    h("div", {}, h("dt", {}, name), h("dd", { class: look }, value))));
}

/* 本金 · 利息 · 罚息 · 费用, those that are there */
function parts(row) {
  const names = [
    ["本金", row.principal_fen], ["利息", row.interest_fen], ["罚息", row.penalty_fen, "bad"], ["费用", row.fee_fen],
  ];
  const shown = names.filter(([, fen]) => fen > 0);
  return h("p", { class: "parts" }, shown.map(([name, fen, look]) => h("span", { class: look }, `${name} ${yuan(fen)}`)));
}

function dueMark(bill) {
  if (bill.overdue_fen > 0) return pill("overdue", `逾期 ${bill.days_past_due} 天`);
  return bill.bill_fen > 0 ? pill("due", "待还款") : pill("paid", "暂无应还");
}

function bill(data) {
  const both = data.overdue_fen > 0 && data.overdue_fen !== data.bill_fen;
  return frame(
    "账单",
    head("本期应还（元）", dueMark(data)),
    body(
      amount(data.bill_fen),
      facts(
        data.due_on && ["最早到期日", day(data.due_on)],
        both && ["其中已逾期", yuan(data.overdue_fen), "bad"],
        data.minimum_fen > 0 && data.minimum_fen !== data.bill_fen && ["至少还", yuan(data.minimum_fen)],
        data.penalty_fen > 0 && ["含罚息", yuan(data.penalty_fen)],
        data.suspense_fen > 0 && ["预存款", yuan(data.suspense_fen)],
        data.refund_claim_fen > 0 && ["含需归还的退款", yuan(data.refund_claim_fen)],
        !data.bill_fen && data.next_due_on && ["下次还款日", day(data.next_due_on)],
        !data.bill_fen && data.next_due_on && ["下次应还", yuan(data.next_due_fen)],
      ),
      smallPrint(data),
    ),
    list(data.items).length > 0 && h("ul", { class: "items" }, data.items.map((item) => billItem(item, list(data.statements)))),
    foot(owesNothing(data) ? download("settlement", "结清证明") : download("bill", "下载账单")),
  );
}

const owesNothing = (bill) => !bill.bill_fen && !bill.next_due_on;

function billItem(item, statements) {
  // what a statement asks for has a day, but is no instalment of a number
  const which = statements.some((one) => one.loan_id === item.loan_id) ? "" : `第 ${item.no}/${item.periods} 期，`;
  const late = item.days_past_due > 0 ? `，逾期 ${item.days_past_due} 天` : "";
  return h(
    "li",
    {},
    h("div", { class: "line" }, h("h4", {}, item.title), h("span", {}, yuan(item.unpaid_fen))),
    h("p", { class: "hint" }, `${which}${day(item.due_on)}到期${late}`),
    parts(item),
  );
}

function limit(data) {
  const used = h("i");
  used.style.width = `${data.limit_fen > 0 ? Math.min(100, Math.round((data.used_fen / data.limit_fen) * 100)) : 0}%`;
  return frame(
    "额度",
    head("可用额度（元）"),
    body(
      amount(data.available_fen),
      h("div", { class: "bar", "aria-hidden": "true" }, used),
      h("p", { class: "hint" }, `总额度 ${yuan(data.limit_fen)}，已用 ${yuan(data.used_fen)}`),
    ),
    h("ul", { class: "items" }, list(data.lines).map(limitLine)),
  );
}

function limitLine(line) {
  const stopped = line.status !== "active";
  return h(
    "li",
    {},
    h("div", { class: "line" }, h("h4", {}, line.product_name), h("span", {}, yuan(line.available_fen))),
    h("p", { class: "hint" }, `${line.brand ? `${line.brand}，` : ""}总额 ${yuan(line.limit_fen)}，已用 ${yuan(line.used_fen)}`),
    stopped && h("p", { class: "parts" }, h("span", { class: "bad" }, line.status_reason || "暂不可用")),
  );
}

function schedule(data) {
  const loans = list(data.loans);
  const rank = (loan) => (isLate(loan) ? 0 : loan.status === "active" ? 1 : 2); // what matters most comes first
  const sorted = [...loans].sort((one, other) => rank(one) - rank(other));
  const count = h("span", { class: "hint" }, `${loans.length} 笔借款`);
  return frame("还款计划", head("还款计划", count), body(), sorted.map((loan, n) => plan(loan, n === 0)), foot(download("schedule", "下载还款计划")));
}

const isLate = (loan) => list(loan.instalments).some((row) => row.state === "overdue");

function plan(loan, open) {
  const parts = list(loan.plan_parts).map((one) => ({ ...one, total_fen: one.unpaid_fen }));
  const rows = parts.length ? parts : list(loan.instalments);
  const paid = rows.filter((row) => row.state === "paid").length;
  const standing = loan.status === "settled" ? pill("paid", "已结清") : pill("", parts.length ? `方案还剩 ${rows.length} 期` : `已还 ${paid}/${rows.length}`);
  const mark = isLate(loan) ? pill("overdue", "有逾期") : standing;
  return h(
    "details",
    { class: "fold", open },
    h("summary", {}, h("div", {}, h("h4", {}, loan.title), h("p", { class: "parts" }, h("span", {}, `剩余本金 ${yuan(loan.outstanding_principal_fen)}`), h("span", {}, `年利率 ${percent(loan.annual_rate)}`))), mark),
    planTable(loan, rows),
    loan.status === "settled" && loan.loan_id && foot(download("settlement", "结清证明", { loan: loan.loan_id, about: loan.title })),
  );
}

/* The instalments around the one that is due; the rest at a tap. */
function planTable(loan, rows) {
  const next = rows.findIndex((row) => row.state !== "paid");
  const from = Math.max(0, Math.min((next < 0 ? rows.length : next) - 1, rows.length - ROWS_SHOWN));
  const table = h(
    "table",
    { class: "plan" },
    h("caption", { class: "sr" }, `${loan.title}的还款计划`),
    h("thead", {}, h("tr", {}, ["期数", "应还日", "应还（元）", "状态"].map((name, n) => h("th", { scope: "col", class: n === 2 && "money" }, name)))),
  );
  const show = (some) => {
    table.querySelector("tbody")?.remove();
    table.append(h("tbody", {}, some.map((row) => planRow(row))));
  };
  show(rows.slice(from, from + ROWS_SHOWN));
  if (rows.length <= ROWS_SHOWN) return table;
  const more = h("button", { class: "plan-more", type: "button" }, `查看全部 ${rows.length} 期`);
  more.addEventListener("click", () => {
    show(rows);
    table.tabIndex = -1;
    table.focus({ preventScroll: true });
    more.remove();
  });
  return h("div", {}, table, more);
}

function planRow(row) {
  const partly = row.state !== "paid" && row.unpaid_fen > 0 && row.unpaid_fen < row.total_fen;
  return h(
    "tr",
    { class: Object.hasOwn(STATES, row.state) ? row.state : "" },
    h("th", { scope: "row" }, String(row.no)),
    h("td", {}, day(row.due_on)),
    h("td", { class: "money" }, yuan(row.total_fen), partly && h("small", {}, `待还 ${yuan(row.unpaid_fen)}`)),
    h("td", {}, pill(row.state, STATES[row.state] ?? "")),
  );
}

function payments(data) {
  const rows = list(data.payments);
  return frame("还款记录", head("最近还款", h("span", { class: "hint" }, `${rows.length} 笔`)), body(), h("ul", { class: "items" }, rows.map(payment)));
}

function payment(row) {
  return h(
    "li",
    {},
    h("div", { class: "line" }, h("h4", {}, moment(row.paid_at)), h("span", {}, yuan(row.amount_fen))),
    parts(row),
    row.refund_claim_fen > 0 && h("p", { class: "hint" }, `归还退款 ${yuan(row.refund_claim_fen)}`),
    row.to_suspense_fen > 0 && h("p", { class: "hint" }, `转入预存款 ${yuan(row.to_suspense_fen)}`),
  );
}

function payoff(data) {
  const items = list(data.items);
  const saved = items.reduce((sum, item) => sum + (item.interest_saved_fen ?? 0), 0);
  const fee = items.reduce((sum, item) => sum + (item.early_fee_fen ?? 0), 0);
  return frame(
    "提前结清",
    head("现在全部结清需还（元）"),
    body(
      amount(data.total_fen),
      facts(
        saved > 0 && ["可少付利息", yuan(saved)],
        ["提前还款手续费", yuan(fee)],
        data.suspense_fen > 0 && ["已抵扣预存款", yuan(data.suspense_fen)],
        data.refund_claim_fen > 0 && ["含需归还的退款", yuan(data.refund_claim_fen)],
      ),
      smallPrint(data),
    ),
    h("ul", { class: "items" }, items.map((item) =>
      h("li", {}, h("div", { class: "line" }, h("h4", {}, item.title), h("span", {}, yuan(item.total_fen))), parts({ ...item, fee_fen: (item.fee_fen ?? 0) + (item.early_fee_fen ?? 0) })))),
  );
}

/* What is about to be paid, loan by loan. */
function quote(data) {
  const shares = list(data.shares).filter((share) => share.amount_fen > 0);
  return frame(
    "待确认的还款",
    head("待确认还款（元）"),
    body(
      amount(data.amount_fen),
      facts(
        data.refund_claim_fen > 0 && ["归还退款", yuan(data.refund_claim_fen)],
        data.to_suspense_fen > 0 && ["转入预存款", yuan(data.to_suspense_fen)],
      ),
      smallPrint(data),
    ),
    shares.length > 0 && h("ul", { class: "items" }, shares.map((share) =>
      h("li", {}, h("div", { class: "line" }, h("h4", {}, share.title), h("span", {}, yuan(share.amount_fen)))))),
  );
}

/* The number by which the figures above are honoured, and until when. */
function smallPrint(data) {
  const words = [data.quote_id && `报价编号 ${data.quote_id}`, data.valid_until && `有效至 ${moment(data.valid_until)}`];
  const said = words.filter(Boolean).join("，");
  return said ? h("p", { class: "small-print" }, said) : null;
}

function receipt(data) {
  const rows = [
    ["归还本金", data.principal_fen], ["支付利息", data.interest_fen], ["支付罚息", data.penalty_fen],
    ["支付费用", data.fee_fen], ["归还退款", data.refund_claim_fen], ["转入预存款", data.to_suspense_fen],
  ].filter(([, fen]) => fen > 0);
  const late = data.still_overdue_fen > 0;
  return h(
    "section",
    { class: "card receipt", "aria-label": "还款回执" },
    body(h("span", { class: "tick" }, icon(TICK, 26)), h("h3", {}, "还款成功"), amount(data.amount_fen), h("p", { class: "hint" }, data.paid_at ? moment(data.paid_at) : "")),
    h(
      "dl",
      { class: "split" },
      rows.map(([name, fen]) => h("div", {}, h("dt", {}, name), h("dd", {}, `${yuan(fen)} 元`))),
      h("div", {}, h("dt", {}, "剩余逾期"), h("dd", { class: late && "bad" }, late ? `${yuan(data.still_overdue_fen)} 元` : "无")),
    ),
    list(data.settled_loans).map((loan, n, all) =>
      foot(download("settlement", all.length > 1 ? `结清证明（第 ${n + 1} 笔）` : "结清证明", { loan }))),
  );
}
