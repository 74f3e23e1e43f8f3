/* Choose a product, an amount and a term, and read everything that such a loan costs. */

import { byId, h } from "./dom.js";
import { percent, yuan } from "./format.js";
import { ask, Failed } from "./wire.js";

const LARGEST_FEN = 10 ** 12;
const PER = { year: "年", month: "月", once: "一次性" };
const form = byId("choice");
const [product, amount, periods, answer] = ["product", "amount", "periods", "answer"].map(byId);
let offers = [];
let asked = 0;

/* "12,000.5" → 1200050, and null where it is no amount; never through a fraction. */
function fenOf(text) {
  const parts = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(text.normalize("NFKC").replace(/[,，\s¥元]/g, ""));
  if (!parts) return null;
  const fen = Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0"));
  return fen > 0 && fen <= LARGEST_FEN ? fen : null;
}

const short = (fen) => yuan(fen).replace(/\.00$/, "");
const date = (iso) => iso.replace(/^(\d+)-0?(\d+)-0?(\d+)$/, "$1年$2月$3日");
const rate = (row) => (/[1-9]/.test(row.rate) ? `${percent(row.rate)} / ${PER[row.rate_period]}` : "不收取");
const chosen = () => offers.find((offer) => offer.code === product.value);
const termOf = (offer, months) => (offer.method === "revolving" ? `${months} 个月后还清` : `${months} 期`);
const term = () => Number(form.querySelector("input[name=periods]:checked")?.value ?? 0);

function say(words) {
  byId("status").textContent = words;
}

function trouble(words, again) {
  byId("trouble").hidden = !words;
  byId("trouble-text").textContent = words ?? "";
  byId("again").hidden = !again;
  byId("again").onclick = again ?? null;
}

function wrongAmount(words) {
  byId("amount-error").hidden = !words;
  byId("amount-error").textContent = words ?? "";
  amount.setAttribute("aria-invalid", words ? "true" : "false");
}

function showOffer(wanted = {}) {
  const offer = chosen();
  byId("product-note").textContent =
    `${offer.brand} · ${offer.method_name} · 年化综合融资成本约 ${percent(offer.all_in_cost)}，以下表为准`;
  byId("amount-note").textContent =
    `${short(offer.min_principal_fen)} 元到 ${short(offer.max_principal_fen)} 元`;
  const fen = fenOf(amount.value);
  const fits = fen !== null && fen >= offer.min_principal_fen && fen <= offer.max_principal_fen;
  if (!fits && !wanted.amount) amount.value = short(Math.min(Math.max(1_000_000, offer.min_principal_fen), offer.max_principal_fen));
  const kept = offer.periods.includes(wanted.periods) ? wanted.periods : offer.periods.at(-1);
  periods.replaceChildren(...offer.periods.map((count) => h("label", {},
    h("input", { type: "radio", name: "periods", value: count, checked: count === kept }), h("span", {}, termOf(offer, count)))));
}

function choiceOfAddress() {
  const query = new URLSearchParams(location.search);
  return { product: query.get("product"), amount: query.get("amount"), periods: Number(query.get("periods")) };
}

function keepInAddress() {
  const query = new URLSearchParams({ product: product.value, amount: amount.value, periods: String(term()) });
  history.replaceState(null, "", `?${query}`);
}

async function show({ focus = false } = {}) {
  const fen = fenOf(amount.value);
  const mine = ++asked;
  trouble(null);
  if (fen === null) return refuse("请输入金额，例如 10000 或 10000.50。", focus);
  wrongAmount(null);
  keepInAddress();
  answer.classList.add("stale");
  say("正在计算…");
  try {
    const query = new URLSearchParams({ principal_fen: String(fen), periods: String(term()) });
    const table = await ask(`/loan/products/${encodeURIComponent(product.value)}/cost-table?${query}`);
    if (mine === asked) draw(table, focus);
  } catch (failed) {
    if (mine === asked) failedWith(failed, focus);
  }
}

function refuse(words, focus) {
  wrongAmount(words);
  answer.hidden = true;
  say("");
  if (focus) amount.focus();
}

function failedWith(failed, focus) {
  const problem = failed instanceof Failed ? failed : new Failed(0, "unknown", "页面出了点问题，请刷新后再试。");
  if (problem.code === "principal_out_of_range") return refuse(problem.message, focus);
  answer.hidden = true;
  say("");
  trouble(problem.message, problem.again ? () => show({ focus: true }) : null);
}

function draw(table, focus) {
  answer.replaceChildren(headline(table), items(table), contingent(table), h("p", { class: "nothing" }, table.nothing_else), plan(table));
  answer.classList.remove("stale");
  answer.hidden = false;
  say(`已算好：借 ${short(table.principal_fen)} 元，共还 ${yuan(table.total_repayment_fen)} 元，年化综合融资成本 ${percent(table.annual_cost)}。`);
  if (focus) answer.focus();
}

function headline(table) {
  const fact = (name, value, small, look) => h("div", { class: look }, h("dt", {}, name), h("dd", {}, value, small && h("small", {}, small)));
  return h("section", { class: "sheet", "aria-label": "总览" },
    h("h2", {}, `${table.product_name} · ${table.brand}`),
    h("dl", { class: "headline" },
      fact("年化综合融资成本（正常还款）", percent(table.annual_cost), `按复利折算 ${percent(table.annual_cost_compound)}`, "main"),
      fact("借款本金", `¥${yuan(table.principal_fen)}`),
      fact("成本合计", `¥${yuan(table.total_cost_fen)}`),
      fact("一共要还", `¥${yuan(table.total_repayment_fen)}`),
      fact("期数与还款方式", termOf(table, table.periods), table.method_name),
      fact("首个还款日", date(table.first_due_on), `按今天放款计算`)),
    h("p", {}, table.annual_cost_basis + "。"));
}

const heads = (...names) => h("thead", {}, h("tr", {}, names.map(([name, look]) => h("th", { scope: "col", class: look }, name))));

function items(table) {
  return h("section", { class: "sheet" }, h("table", {},
    h("caption", {}, "正常还款的成本"),
    heads(["项目与计算方式"], ["费率", "figure"], ["金额（元）", "figure"]),
    h("tbody", {}, table.items.map((item) => h("tr", {},
      h("th", { scope: "row" }, item.name, h("small", {}, item.calculation), h("small", {}, `收取方：${item.collector}`)),
      h("td", { class: "figure" }, rate(item)),
      h("td", { class: "figure" }, yuan(item.amount_fen))))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colspan: 2 }, "合计"), h("td", { class: "figure" }, yuan(table.total_cost_fen))))));
}

function contingent(table) {
  return h("section", { class: "sheet" }, h("table", {},
    h("caption", {}, "可能发生的成本", h("small", {}, "只在下面的情况发生时才收，不计入上面的合计")),
    heads(["项目与计算方式"], ["费率", "figure"]),
    h("tbody", {}, table.contingent.map((item) => h("tr", {},
      h("th", { scope: "row" }, item.name, h("small", {}, `${item.when}。${item.calculation}`), h("small", {}, `收取方：${item.collector}`)),
      h("td", { class: "figure" }, rate(item)))))));
}

function plan(table) {
  return h("section", { class: "sheet plan" }, h("table", {},
    h("caption", {}, "还款计划"),
    heads(["期次"], ["本金", "figure"], ["利息", "figure"], ["应还（元）", "figure"]),
    h("tbody", {}, table.schedule.map((row) => h("tr", {},
      h("th", { scope: "row" }, `第 ${row.no} 期`, h("small", {}, date(row.due_on))),
      h("td", { class: "figure" }, yuan(row.principal_fen)),
      h("td", { class: "figure" }, yuan(row.interest_fen)),
      h("td", { class: "figure" }, yuan(row.payment_fen)))))));
}

async function start() {
  trouble(null);
  say("正在读取产品…");
  try {
    offers = (await ask("/loan/products")).products;
  } catch (failed) {
    say("");
    return trouble(failed.message, start);
  }
  if (!offers.length) return say("现在没有可以借款的产品，请过些时候再来看看。");
  const wanted = choiceOfAddress();
  product.replaceChildren(...offers.map((offer) => h("option", { value: offer.code }, `${offer.name}（${offer.scene}）`)));
  if (offers.some((offer) => offer.code === wanted.product)) product.value = wanted.product;
  if (wanted.amount) amount.value = wanted.amount.slice(0, 14);
  showOffer(wanted);
  form.hidden = false;
  return show();
}

product.addEventListener("change", () => {
  showOffer({ periods: term() });
  show();
});
periods.addEventListener("change", () => show());
/* Only told here: what appeared above the button as the field loses focus would push it away under the finger. */
amount.addEventListener("input", () => {
  if (answer.hidden) return;
  answer.classList.add("stale");
  say("金额改了，请按“查看成本”重新计算。");
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show({ focus: true });
});
start();
