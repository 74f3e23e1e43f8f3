/* His WeChat: a code that binds it once he sends it there, or the end of it. */

import { h } from "./dom.js";
import { moment } from "./format.js";
import { drawBanner } from "./view.js";
import { ask } from "./wire.js";

/* Puts the shortcut at the end of `nav` for who is logged in, where the lender has WeChat; for others there is none. */
export async function offerWechat(nav, token, { still }) {
  nav.querySelector(".wechat")?.remove();
  const told = await ask("/chat/wechat", { token }).catch(() => null);
  if (told && still()) nav.append(shortcut(told.bound, token));
}

function shortcut(bound, token) {
  const press = (event) => act(event.currentTarget, bound, token);
  return h("button", { class: "wechat", type: "button", on: { click: press } }, bound ? "解绑微信" : "绑定微信");
}

async function act(button, bound, token) {
  button.disabled = true;
  try {
    if (bound) {
      await ask("/chat/wechat", { token, method: "DELETE" });
      say("已解除绑定，以后不会再在微信里给您发服务提醒。");
      button.replaceWith(shortcut(false, token));
    } else {
      const { say: words, expires_at: until } = await ask("/chat/wechat/code", { token, method: "POST" });
      say(`请在微信公众号里发送“${words}”，${moment(until)} 前有效，只能用一次。`);
    }
  } catch (failed) {
    say(failed.detail);
  }
  button.disabled = false;
}

function say(words) {
  const close = h("button", { class: "ghost", type: "button", on: { click: () => drawBanner("") } }, "知道了");
  drawBanner(words, { actions: [close] });
}
