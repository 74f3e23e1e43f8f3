// Keeps a page's live parts in step with the server, and a few keys at hand. Every page works without it, too.
"use strict";

const lost = document.getElementById("lost");

function say(text, address) {
  lost.textContent = text;
  if (address) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = "重新登录";
    lost.append(" ", link);
  }
  lost.hidden = !text;
}

// Put `fresh`'s children into `shown`, and touch only what differs: focus, scroll and selection stay.
// Children are told apart by id; into those marked data-patch it goes on.
function patch(shown, fresh) {
  for (const name of fresh.getAttributeNames()) {
    if (shown.getAttribute(name) !== fresh.getAttribute(name)) shown.setAttribute(name, fresh.getAttribute(name));
  }
  const kept = new Map([...shown.children].filter((child) => child.id).map((child) => [child.id, child]));
  if (![...fresh.children].some((child) => child.id)) {
    if (!shown.isEqualNode(fresh)) shown.replaceChildren(...fresh.childNodes);
    return;
  }
  let place = shown.firstChild;
  for (const wanted of [...fresh.children]) {
    while (place && place.nodeType === Node.TEXT_NODE) place = place.nextSibling;
    const old = kept.get(wanted.id);
    if (old) old.querySelectorAll("details").forEach((box, i) => {
      const next = wanted.querySelectorAll("details")[i];
      if (next) next.open = box.open;
    });
    const same = old && (old.isEqualNode(wanted) || ("patch" in wanted.dataset && (patch(old, wanted), true)));
    const node = same ? old : wanted;
    if (old && node !== old) { if (old === place) place = old.nextSibling; old.replaceWith(node); }
    if (node === place) place = place.nextSibling;
    else shown.insertBefore(node, place);
    kept.delete(wanted.id);
  }
  while (place) { const next = place.nextSibling; place.remove(); place = next; }
}

function isAtBottom(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 60;
}

function titleWith(count) {
  const plain = document.title.replace(/^\(\d+\) /, "");
  document.title = count > 0 ? `(${count}) ${plain}` : plain;
}

function keepLive(region) {
  let tag = "";
  let failures = 0;
  const every = Number(region.dataset.every) * 1000;
  const box = region.dataset.bottom ? document.getElementById(region.dataset.bottom) : null;
  if (box) box.scrollTop = box.scrollHeight;

  async function look() {
    if (document.hidden) return plan(every);
    try {
      const headers = { "X-Fragment": "1" };
      if (tag) headers["If-None-Match"] = tag;
      const answer = await fetch(region.dataset.live, { headers, cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) {
        return say("登录已过期，未发送的内容请先复制保存。", `/console/login?next=${encodeURIComponent(location.pathname)}`);
      }
      if (answer.status === 200) { tag = answer.headers.get("ETag") || ""; show(await answer.text()); }
      else if (answer.status !== 304) throw new Error(String(answer.status));
      if (failures) say("");
      failures = 0;
    } catch {
      failures += 1;
      if (failures > 1) say("与服务器的连接中断，正在自动重试。页面内容可能不是最新。");
    }
    return plan(Math.min(every * 2 ** failures, 30000));
  }

  function show(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html; // our own page: the server has escaped whatever people wrote
    const stay = !box || isAtBottom(box);
    const before = region.dataset.reload ? document.getElementById(region.dataset.reload).dataset.owner : "";
    for (const part of [...fresh.content.children]) {
      const shown = document.getElementById(part.id);
      if (shown) patch(shown, part);
    }
    if (box && stay) box.scrollTop = box.scrollHeight;
    const waiting = document.getElementById("waiting-count");
    if (waiting) titleWith(Number(waiting.textContent));
    if (region.dataset.reload) changedHands(before, document.getElementById(region.dataset.reload).dataset.owner);
  }

  // Another agent, or the borrower, changed who answers: the reply form must follow, but no draft may be lost.
  function changedHands(before, after) {
    if (before === after) return;
    const draft = document.querySelector("textarea[data-send]");
    if (draft && draft.value.trim()) say("会话的接待人已变化，请复制未发送的内容后刷新页面。");
    else location.reload();
  }

  function plan(delay) { window.setTimeout(look, delay); }
  plan(every);
}

document.querySelectorAll("[data-live]").forEach(keepLive);
const counted = document.getElementById("waiting-count");
if (counted) titleWith(Number(counted.textContent));

// Where the menu is wider than the screen, the page's own place in it is what should be seen.
const place = document.querySelector(".bar [aria-current]");
if (place) place.parentElement.scrollLeft = place.offsetLeft - place.parentElement.offsetLeft - 40;

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.target.matches("textarea[data-send]") && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.target.form.requestSubmit();
  } else if (event.key === "/" && !typing) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
});

// A second press while the first is on its way changes nothing.
document.querySelectorAll("form[data-once]").forEach((form) => form.addEventListener("submit", () => {
  form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
}));

// Turns to label: go on where the last label was given; 1 to 5 press a guess of the turn in focus, 0 skips it.
const toLabel = [...document.querySelectorAll("[data-turn]")];
if (toLabel.length) {
  const asked = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  (asked || toLabel[0]).focus({ preventScroll: !asked });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, textarea, select")) return;
    if (!/^[0-5]$/.test(event.key)) return;
    const turn = event.target.closest("[data-turn]") || toLabel[0];
    const button = event.key === "0"
      ? turn.querySelector(".skip-it button")
      : turn.querySelectorAll(".guesses button")[Number(event.key) - 1];
    if (button) { event.preventDefault(); button.click(); }
  });
}
