/* Messages on their way: sent one after the other, kept over a reload, tried again under the same id. */

import { ask } from "./wire.js";

const KEY = "xiaoqing.unsent";
const LONGEST_PAUSE_MS = 10_000;

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
}

/* An entry is {id, text, payload, state: waiting | refused, detail}. `changed(entry)` draws it; `shown(turn id)` says
   whether the turn that it became can be seen already. */
export class Outbox {
  constructor({ token, subject, changed, shown, refused, stuck }) {
    Object.assign(this, { token, subject, changed, shown, refused, stuck });
    this.entries = [];
    this.running = false;
    this.stopped = false;
    this.pause = 1000;
  }

  /* What was not sent when the page was left, by the same person. */
  restore() {
    let kept;
    try {
      kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    } catch {
      kept = null;
    }
    if (kept?.subject !== this.subject || !Array.isArray(kept.entries)) return;
    for (const entry of kept.entries) this.entries.push({ ...entry, sent: false }); // asking again is harmless
    this.entries.forEach((entry) => this.changed(entry));
    this.run();
  }

  add({ text, payload }) {
    const entry = { id: newId(), text, payload, state: "waiting", at: new Date().toISOString() };
    this.entries.push(entry);
    this.save();
    this.changed(entry);
    this.run();
  }

  again(id) {
    const entry = this.entries.find((one) => one.id === id);
    if (!entry) return;
    Object.assign(entry, { state: "waiting", detail: undefined });
    this.save();
    this.changed(entry);
    this.hurry();
  }

  /* The message came back as a turn, or its writer took it back. */
  drop(id) {
    const at = this.entries.findIndex((one) => one.id === id);
    if (at < 0) return;
    this.entries.splice(at, 1);
    this.save();
  }

  hurry() {
    this.pause = 1000;
    this.wake?.();
    this.run();
  }

  stop() {
    this.stopped = true;
    this.wake?.();
  }

  save() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ subject: this.subject, entries: this.entries }));
    } catch {
      /* a browser that keeps nothing: unsent messages last until the page is left */
    }
  }

  async run() {
    if (this.running) return;
    this.running = true;
    let entry;
    while (!this.stopped && (entry = this.entries.find((one) => one.state === "waiting" && !one.sent))) {
      await this.send(entry);
    }
    this.running = false;
  }

  async send(entry) {
    const body = { id: entry.id, text: entry.text, ...(entry.payload && { payload: entry.payload }) };
    try {
      const { turn_id: turn } = await ask("/chat/messages", { token: this.token, body });
      this.pause = 1000;
      this.stuck(false);
      entry.sent = true; // its turn comes with the events, if it has not come
      if (this.shown(turn)) this.drop(entry.id);
    } catch (failed) {
      if (failed.status === 401) {
        this.stop();
        return void this.refused(failed);
      }
      if (failed.again) return void (await this.wait());
      Object.assign(entry, { state: "refused", detail: failed.detail });
    }
    this.save();
    this.changed(entry);
  }

  async wait() {
    this.stuck(true);
    await new Promise((done) => {
      this.wake = done;
      setTimeout(done, this.pause);
    });
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }
}
