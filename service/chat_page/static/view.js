/* Draws the conversation: bubbles in order, messages on their way after them, the buttons that may be pressed. */

import { card } from "./cards.js";
import { avatar, byId, h, icon } from "./dom.js";
import { moment } from "./format.js";

const PAUSE_MS = 5 * 60_000; // a longer silence is marked with the time
const NEAR_PX = 120;
const WHO = { bot: "小清", outreach: "小清", agent: "人工客服", system: "系统消息", borrower: "我" };

const HEADSET = "M4 13v-1a8 8 0 0 1 16 0v1M4 13a2 2 0 0 1 2-2h1v7H6a2 2 0 0 1-2-2zm16 0a2 2 0 0 0-2-2h-1v7h1a2 2 0 0 0 2-2zm0 3c0 3-2.5 4.5-6 4.5";

const log = byId("log");
const scroll = byId("scroll");
const newest = byId("newest");

/* A turn of the service after everything older; a message on its way that it is takes its place. */
export function addTurn(turn, { quiet = false } = {}) {
  const away = !quiet && isAway();
  if (turn.client_id) pendingRow(turn.client_id)?.remove();
  const before = log.querySelector(".row.pending");
  const previous = before ? before.previousElementSibling : log.lastElementChild;
  place(turn, previous, (element) => log.insertBefore(element, before));
  if (quiet) return;
  if (turn.direction === "out") keepInSight(turn);
  if (away && turn.direction === "out") newest.hidden = false;
  else if (!away) follow();
}

/* Older turns before those that are shown, without moving what is being read. */
export function addOlder(turns) {
  const anchor = log.firstElementChild;
  const height = scroll.scrollHeight;
  log.setAttribute("aria-live", "off");
  let previous = null;
  for (const turn of turns) {
    place(turn, previous, (element) => {
      log.insertBefore(element, anchor);
      previous = element;
    });
  }
  scroll.scrollTop += scroll.scrollHeight - height;
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
}

function place(turn, previous, insert) {
  const last = previous?.classList.contains("row") ? previous : null;
  const silence = new Date(turn.created_at) - new Date(last?.dataset.at ?? 0);
  if (silence > PAUSE_MS) insert(h("li", { class: "when" }, moment(turn.created_at)));
  const follows = silence <= PAUSE_MS && last?.dataset.sender === turn.sender;
  insert(row(turn, follows));
}

function row(turn, follows) {
  const mine = turn.direction === "in";
  const notice = turn.sender === "system" && !turn.card && !(turn.buttons ?? []).length && turn.text.length <= 60;
  const shown = card(turn.card);
  const looks = ["row", mine && "mine", notice && "notice", follows && "follows", turn.sender === "agent" && "agent", shown && "has-card"];
  return h(
    "li",
    { class: looks.filter(Boolean).join(" "), "data-id": turn.id, "data-reply": turn.reply_to, "data-at": turn.created_at, "data-sender": turn.sender },
    !mine && !notice && (follows ? h("span", { class: "gap" }) : face(turn.sender)),
    h(
      "div",
      { class: "stack" },
      turn.sender === "agent" && !follows ? h("p", { class: "who" }, WHO.agent) : h("span", { class: "sr" }, `${WHO[turn.sender] ?? ""}：`),
      turn.text && h("div", { class: "bubble" }, turn.text),
      shown,
    ),
  );
}

const face = (sender) => sender === "agent" ? h("span", { class: "face" }, icon(HEADSET, 20)) : avatar(34);

/* A message on its way, or one that was refused, with what its writer may do. */
export function drawPending(entry, { again, edit }) {
  const fate = entry.state === "refused"
    ? h("p", { class: "fate bad", role: "alert" }, entry.detail,
      h("button", { class: "link", type: "button", on: { click: edit } }, "修改"),
      h("button", { class: "link", type: "button", on: { click: again } }, "重新发送"))
    : entry.late ? h("p", { class: "fate" }, "等待网络恢复，会自动发送") : null;
  const element = h(
    "li",
    { class: `row mine pending${entry.state === "waiting" && !entry.sent ? " waiting" : ""}`, "data-client": entry.id, "data-sender": "borrower", "data-at": entry.at },
    h("div", { class: "stack" }, h("span", { class: "sr" }, "我："), h("div", { class: "bubble" }, entry.text), fate),
  );
  const present = pendingRow(entry.id);
  if (present) present.replaceWith(element);
  else {
    log.append(element);
    toEnd();
  }
}

export const removePending = (id) => pendingRow(id)?.remove();
const pendingRow = (id) => [...log.querySelectorAll(".row.pending")].find((one) => one.dataset.client === id);

/* Only what was said last may be pressed. */
export function drawReplies(buttons, press) {
  const replies = byId("replies");
  const hadFocus = replies.contains(document.activeElement);
  const away = isAway();
  replies.replaceChildren(...buttons.map((button) =>
    h("button", { class: "chip", type: "button", on: { click: () => press(button) } }, button.title)));
  replies.hidden = buttons.length === 0;
  if (hadFocus) scroll.focus({ preventScroll: true });
  if (!away) follow();
}

export function drawTyping(on) {
  const away = isAway();
  byId("typing").hidden = !on;
  if (!away) follow();
}

export function drawStatus(words, state = "") {
  const status = byId("status");
  status.textContent = words;
  status.dataset.state = state;
}

/* `kind` "wait" mends itself, "stop" needs the borrower. */
export function drawBanner(words, { kind = "wait", actions = [] } = {}) {
  const banner = byId("banner");
  banner.hidden = !words;
  banner.dataset.kind = kind;
  banner.setAttribute("role", kind === "stop" ? "alert" : "status");
  banner.replaceChildren(...(words ? [h("span", {}, words), actions.length ? h("div", {}, actions) : ""] : []));
}

/* Where the log is held while nobody scrolls: at its end, but never past the beginning of the latest answer. */
let anchor = null;
let held = 0;

const isAway = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight > NEAR_PX
  && Math.abs(scroll.scrollTop - held) > NEAR_PX / 2;

function follow() {
  const end = scroll.scrollHeight - scroll.clientHeight;
  const start = anchor?.isConnected
    ? anchor.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop - 12 : end;
  scroll.scrollTop = Math.min(end, start);
  held = scroll.scrollTop;
  newest.hidden = true;
}

/* An answer may be longer than the screen: its first words stay in sight, whatever follows them. */
function keepInSight(turn) {
  const shown = log.querySelector(`[data-id="${turn.id}"]`);
  if (turn.reply_to === null || anchor?.dataset.reply !== String(turn.reply_to)) anchor = shown;
}

export function toEnd() {
  anchor = null;
  follow();
}

scroll.addEventListener("scroll", () => !isAway() && (newest.hidden = true), { passive: true });
newest.addEventListener("click", toEnd);
// A keyboard that opens or a field that grows must not hide what is being read.
let away = false;
scroll.addEventListener("scroll", () => (away = isAway()), { passive: true });
new ResizeObserver(() => away || follow()).observe(scroll);
