/* Who is at the page: a token that came in the address, kept for this tab only. */

const KEY = "xiaoqing.token";

/* Takes a token out of the address, so that it is neither shown, shared nor kept in the history. */
export function takeFromAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const wantsVisitor = fragment.has("visitor");
  const token = fragment.get("token");
  if (token) keep(token);
  if (token || wantsVisitor) history.replaceState(null, "", location.pathname + location.search);
  return { token: token ?? stored(), wantsVisitor, fresh: Boolean(token) };
}

export function keep(token) {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    /* a browser that keeps nothing: the token lasts until the page is left */
  }
}

export function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    /* nothing was kept */
  }
}

function stored() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/* The subject as the token names it, only to keep one person's unsent messages from being sent as another's. */
export function subjectOf(token) {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (one) => one.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub);
  } catch {
    return "";
  }
}

export const isDemo = () => document.body.dataset.demo === "yes";
