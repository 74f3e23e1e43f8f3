/* The borrower's page: proves who is there, shows what was said, sends what is written, hears what comes. */

import { enable, focusInput, put, startComposer } from "./composer.js";
import { avatar, byId, h, icon } from "./dom.js";
import { Outbox } from "./outbox.js";
import { forget, isDemo, keep, subjectOf, takeFromAddress } from "./session.js";
import { asHolderOf } from "./statements.js";
import {
  addOlder, addTurn, drawBanner, drawPending, drawReplies, drawStatus, drawTyping, removePending, toEnd,
} from "./view.js";
import { offerWechat } from "./wechat.js";
import { ask, Events } from "./wire.js";

const BANNER_AFTER_MS = 1500;
const HISTORY = 50;
const PERSON = "转人工";
const SHORTCUTS = ["查账单", "立即还款", "还款计划", "我的额度", "还款记录", "提前结清"];
const TILES = [
  ["查账单", "本期应还多少", "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6"],
  ["还款计划", "每期金额和日期", "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"],
  ["我的额度", "还能用多少", "M4 18a8 8 0 1 1 16 0M12 18l4-5"],
  ["立即还款", "可以先还一部分", "M3 7h18v11H3zM3 11h18M7 15h3"],
  ["提前结清", "看看能省多少", "M12 21a9 9 0 1 1 9-9M8.500 12l2.500 2.500L21 5"],
  [PERSON, "客服人员帮您", "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6"],
];

const fresh = (token) => ({
  token, visitor: false, last: 0, first: 0, buttons: [], owner: "bot", typing: false, online: true, trouble: {},
});
const state = fresh(null);
let outbox;
let events;
let bannerTimer;

async function open(token) {
  events?.stop();
  outbox?.stop();
  Object.assign(state, fresh(token));
  asHolderOf(token);
  clearTimeout(bannerTimer);
  byId("log").replaceChildren();
  byId("gate").hidden = true;
  drawBanner("");
  drawStatus("正在连接…", "wait");
  let page;
  try {
    page = await ask(`/chat/turns?limit=${HISTORY}`, { token });
  } catch (failed) {
    return failed.again ? retryOpen(token) : refused(failed);
  }
  state.visitor = page.visitor;
  state.owner = page.owner;
  page.turns.forEach((turn) => take(turn, { quiet: true }));
  byId("older").hidden = !page.more;
  startTalking(page);
}

function startTalking(page) {
  const subject = subjectOf(state.token);
  outbox = new Outbox({
    token: state.token,
    subject,
    changed: draw,
    shown: (turn) => turn <= state.last,
    refused,
    stuck: (on) => connection({ stuck: on }),
  });
  outbox.restore();
  drawAround(page.typing);
  events = new Events({
    token: state.token,
    after: () => state.last,
    heard,
    up: () => connection({ cut: false }),
    down: () => connection({ cut: true }),
    refused,
  });
  byId("shortcuts").hidden = false;
  const { token, visitor } = state;
  if (!visitor) void offerWechat(byId("shortcuts"), token, { still: () => state.token === token });
  byId("person").hidden = false;
  enable(true);
  toEnd();
  focusInput();
}

function retryOpen(token) {
  drawBanner("暂时连接不上，正在重试…");
  drawStatus("连接中断", "off");
  setTimeout(() => state.token === token && open(token), 3000);
}

function take(turn, { quiet = false } = {}) {
  if (turn.id <= state.last) return;
  state.last = turn.id;
  state.first ||= turn.id;
  addTurn(turn, { quiet });
  if (turn.direction === "in") {
    state.buttons = [];
    if (turn.client_id) outbox?.drop(turn.client_id);
  } else if (turn.buttons.length) state.buttons = turn.buttons;
}

function heard(name, data) {
  if (name === "turn") take(data);
  else if (name === "typing") Object.assign(state, { typing: data.typing, owner: data.owner });
  else if (name === "expired") return refused({ status: 401, ...data });
  return drawAround();
}

/* Everything beside the log that follows from what was said. */
function drawAround(typing = state.typing) {
  state.typing = typing;
  drawTyping(typing);
  byId("welcome").hidden = state.last > 0 || outbox.entries.length > 0;
  const waiting = outbox.entries.some((entry) => entry.state === "waiting");
  drawReplies(waiting ? [] : state.buttons, (button) => send({ text: button.title, payload: button.payload }));
  if (!state.online) return;
  const words = { bot: "自动回复 · 可随时转人工", waiting: "正在为您安排人工客服，小清继续陪您", agent: "人工客服正在为您服务" };
  if (typing) drawStatus("正在输入…");
  else drawStatus(words[state.owner] ?? words.bot, state.owner === "waiting" ? "wait" : "");
}

function send({ text, payload }) {
  outbox.add({ text, payload });
  drawAround();
  toEnd();
}

function draw(entry) {
  if (!outbox.entries.includes(entry)) return removePending(entry.id); // it is in the log as a turn
  drawPending(entry, {
    again: () => outbox.again(entry.id),
    edit: () => {
      outbox.drop(entry.id);
      removePending(entry.id);
      put(entry.text);
    },
  });
}

/* `trouble` is what ails the connection; one that comes back within a moment is nobody's concern. */
function connection(changes) {
  const was = ailing();
  Object.assign(state.trouble, changes);
  if (ailing() === was) return;
  clearTimeout(bannerTimer);
  if (was) {
    state.online = true;
    drawBanner("");
    outbox.hurry();
    drawAround();
  } else bannerTimer = setTimeout(drawTrouble, BANNER_AFTER_MS);
}

const ailing = () => Object.values(state.trouble).some(Boolean);

function drawTrouble() {
  state.online = false;
  drawBanner(state.trouble.offline ? "网络已断开，恢复后会自动重新连接。" : "连接已断开，正在重新连接…未发送的消息会自动补发。");
  drawStatus("连接中断", "off");
  drawTyping(false);
}

/* The service no longer believes that it is him: say so, say what to do, and lose nothing he wrote. */
function refused(failed) {
  clearTimeout(bannerTimer);
  events?.stop();
  outbox?.stop();
  forget();
  enable(false, "请重新登录后继续");
  byId("shortcuts").hidden = true;
  byId("person").hidden = true;
  drawReplies([], () => {});
  drawTyping(false);
  drawStatus("登录已失效", "off");
  drawBanner(words(failed), { kind: "stop", actions: doors() });
}

function words(failed) {
  if (failed.status !== 401) return failed.detail;
  if (state.visitor) return "本次咨询已超时结束，请重新开始咨询。";
  return isDemo() ? failed.detail.replace(/请返回 App 重新(进入|登录)/, "请重新选择演示账户") : failed.detail;
}

function doors() {
  const visitor = h("button", { class: "ghost", type: "button", on: { click: enterAsVisitor } }, "以访客身份咨询");
  const demo = isDemo() ? h("a", { class: "ghost", href: "/demo" }, "选择演示账户") : null;
  return [demo, visitor].filter(Boolean);
}

function showGate() {
  const gate = byId("gate");
  const demo = isDemo();
  gate.replaceChildren(
    avatar(64),
    h("h2", { id: "gate-title" }, "您好，我是小清"),
    h("p", {}, demo
      ? "请先选择一个演示账户登录，再查询账单、额度或还款；也可以不登录，直接咨询一般问题。"
      : "请从 App 的“客服”进入，登录后可以查询账单、额度和还款；也可以不登录，直接咨询一般问题。"),
    h("div", { class: "doors" },
      demo ? h("a", { class: "primary", href: "/demo" }, "选择演示账户") : null,
      h("button", { class: demo ? "ghost" : "primary", type: "button", on: { click: enterAsVisitor } }, "以访客身份咨询")),
  );
  gate.hidden = false;
  drawStatus("未登录", "off");
  enable(false, "请先登录或选择访客咨询");
}

async function enterAsVisitor() {
  try {
    const { token } = await ask("/chat/visitors", { method: "POST" });
    keep(token);
    await open(token);
  } catch (failed) {
    drawBanner(failed.detail ?? "系统正忙，请稍后再试。", { kind: "stop", actions: doors() });
  }
}

function drawWelcome() {
  byId("welcome").replaceChildren(
    avatar(72),
    h("h2", {}, "您好，我是小清"),
    h("p", {}, "我是自动化的智能助手，可以帮您查账单、额度和还款计划，也可以帮您还款。您可以直接问我，或从这里开始："),
    h("div", { class: "tiles" }, TILES.map(([title, more, path]) =>
      h("button", { class: "tile", type: "button", on: { click: () => send({ text: title }) } },
        icon(path), h("span", {}, h("b", {}, title), h("small", {}, more))))),
  );
}

async function showOlder() {
  const button = byId("older");
  button.disabled = true;
  try {
    const page = await ask(`/chat/turns?limit=${HISTORY}&before=${state.first}`, { token: state.token });
    if (page.turns.length) state.first = page.turns[0].id;
    addOlder(page.turns);
    button.hidden = !page.more;
  } catch (failed) {
    if (failed.status === 401) refused(failed);
  }
  button.disabled = false;
}

function start() {
  drawWelcome();
  byId("shortcuts").replaceChildren(...SHORTCUTS.map((text) =>
    h("button", { type: "button", on: { click: () => send({ text }) } }, text)));
  byId("person").addEventListener("click", () => send({ text: PERSON }));
  byId("older").addEventListener("click", showOlder);
  startComposer((text) => send({ text }));
  const hurry = () => {
    events?.hurry();
    outbox?.hurry();
  };
  addEventListener("online", () => {
    if (outbox) connection({ offline: false });
    hurry();
  });
  addEventListener("offline", () => outbox && connection({ offline: true }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  addEventListener("hashchange", enter);
  enter();
}

function enter() {
  const { token, wantsVisitor, fresh } = takeFromAddress();
  if (wantsVisitor && !fresh) return void enterAsVisitor();
  if (!token) return void showGate();
  if (token !== state.token) void open(token);
}

start();
