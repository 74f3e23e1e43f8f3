/* Numbers and times as borrowers read them. Money comes as whole fen and is never computed with as a fraction. */

export function yuan(fen) {
  if (!Number.isSafeInteger(fen)) return "—";
  const digits = String(Math.abs(fen)).padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "-" : ""}${whole}.${digits.slice(-2)}`;
}

const SHANGHAI = "Asia/Shanghai";
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: SHANGHAI, hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: SHANGHAI, year: "numeric", month: "2-digit", day: "2-digit" });

/* "2026-11-23" → "11月23日"; with the year where it is another one than that of the last day shown. */
export function day(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  if (!parts) return "—";
  const [, year, month, date] = parts;
  const other = year !== DAY.format(new Date()).slice(0, 4);
  return `${other ? `${year}年` : ""}${Number(month)}月${Number(date)}日`;
}

/* An instant on a Shanghai clock, as a day: "2026-11-23". */
export const dayOf = (instant) => DAY.format(new Date(instant));

export function moment(instant, now = Date.now()) {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return "—";
  const clock = CLOCK.format(at);
  const then = dayOf(at);
  if (then === dayOf(now)) return `今天 ${clock}`;
  if (then === dayOf(now - 86_400_000)) return `昨天 ${clock}`;
  return `${day(then)} ${clock}`;
}

/* "0.144" → "14.4%" without going through a binary fraction. */
export function percent(rate) {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(String(rate ?? ""));
  if (!parts) return "—";
  const fraction = (parts[2] ?? "").padEnd(2, "0");
  const whole = String(Number(parts[1] + fraction.slice(0, 2)));
  const rest = fraction.slice(2).replace(/0+$/, "");
  return `${whole}${rest ? `.${rest}` : ""}%`;
}
