/* The service over HTTP: requests that say what went wrong in words, and a stream of events that heals itself. */

const SILENCE_MS = 40_000; // the service says something at least every 15 s
const LONGEST_PAUSE_MS = 10_000;
const REQUEST_MS = 15_000;

/* `status` 0: the service was not reached, trying again is right. */
export class Failed extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code, detail });
  }

  get again() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export async function ask(path, { token, body, method = body ? "POST" : "GET" } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  } catch {
    throw new Failed(0, "unreachable", "网络连接不上，请检查网络后再试。");
  }
  if (!response.ok) throw await failure(response);
  return response.json();
}

async function failure(response) {
  const problem = await response.json().catch(() => ({}));
  return new Failed(response.status, problem.code ?? "unknown", problem.detail ?? "系统正忙，请稍后再试。");
}

/* Hears of everything after `after()`; calls heard(name, data), up(), down() and refused(failure) until stopped. */
export class Events {
  constructor({ token, after, heard, up, down, refused }) {
    Object.assign(this, { token, after, heard, up, down, refused });
    this.pause = 1000;
    this.stopped = false;
    this.run();
  }

  stop() {
    this.stopped = true;
    this.cut();
  }

  /* Try at once, where there is reason to think that the connection is dead or that it would work again. */
  hurry() {
    this.pause = 1000;
    this.wake?.();
    if (Date.now() - (this.lastByte ?? 0) > SILENCE_MS / 2) this.cut();
  }

  cut() {
    this.control?.abort();
    this.wake?.();
  }

  async run() {
    while (!this.stopped) {
      try {
        await this.listen();
      } catch (failed) {
        if (this.stopped) return;
        if (failed instanceof Failed && !failed.again) return void this.refused(failed);
      }
      if (this.stopped) return;
      this.down();
      await new Promise((done) => {
        this.wake = done;
        setTimeout(done, this.pause * (0.75 + Math.random() / 2));
      });
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    }
  }

  async listen() {
    this.control = new AbortController();
    const watch = setInterval(() => Date.now() - this.lastByte > SILENCE_MS && this.control.abort(), 5000);
    this.lastByte = Date.now();
    try {
      const response = await fetch(`/chat/events?after=${this.after()}`, {
        headers: { Authorization: `Bearer ${this.token}`, Accept: "text/event-stream" },
        cache: "no-store",
        credentials: "omit",
        signal: this.control.signal,
      });
      if (!response.ok) throw await failure(response);
      this.pause = 1000;
      this.up();
      await this.read(response.body.getReader());
    } finally {
      clearInterval(watch);
    }
  }

  async read(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.lastByte = Date.now();
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) this.tell(block);
    }
  }

  tell(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
    if (fields.data) this.heard(fields.event ?? "message", JSON.parse(fields.data));
  }
}
