/* Documents as PDF: asks for an address that is good for a few minutes and lets the browser, or the app around it, fetch it. */

import { h, icon } from "./dom.js";
import { ask } from "./wire.js";

const ARROW = "M12 4v11m0 0 4.500-4.500M12 15l-4.500-4.500M5 20h14";
let token = null;

/* Whose documents they are, from now on. */
export const asHolderOf = (bearer) => (token = bearer);

/* A button and, below it, what became of pressing it; `about` tells apart buttons of the same words. */
export function download(kind, words, { loan, about } = {}) {
  const said = h("div", { class: "fetch-said", role: "status" });
  const button = h(
    "button",
    { class: "ghost fetch", type: "button", "aria-label": about && `${words}：${about}` },
    icon(ARROW, 18),
    words,
  );
  button.addEventListener("click", () => press(button, said, kind, loan));
  return h("div", {}, button, said);
}

/* Busy is told without `disabled`, which would take the keyboard's place away. */
async function press(button, said, kind, loan) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  tell(said, "正在生成文件…");
  try {
    const query = loan ? `?loan_id=${encodeURIComponent(loan)}` : "";
    fetched(said, await ask(`/chat/statements/${kind}/links${query}`, { token, method: "POST" }));
  } catch (failed) {
    tell(said, failed.detail ?? "文件没有生成，请稍后再试。", { bad: true });
  }
  button.removeAttribute("aria-disabled");
}

function fetched(said, { url, filename, expires_in: seconds }) {
  const link = h("a", { href: url, download: filename, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // Some web views take no downloads, and say nothing: there the document can be opened in the page's place.
  const open = h("a", { class: "link", href: `${url}&view=1` }, "打开查看");
  tell(said, "已开始下载。没有反应？", { more: open });
  setTimeout(() => said.contains(open) && tell(said, ""), seconds * 1000);
}

function tell(said, words, { bad = false, more = null } = {}) {
  said.classList.toggle("bad", bad);
  said.replaceChildren(...(words ? [words] : []), ...(more ? [more] : []));
}
