/** Follows the live feed, outside React: reconnects, and hands out at most four states a second. */
import { problemOf, type Problem } from "../api/problem";
import { readEvents } from "./events";
import type { LiveMessage } from "./message";

export interface LiveState {
  message: LiveMessage | null;
  /** When a message or a heartbeat last came in, in milliseconds since the epoch. */
  heardAt: number | null;
  /** When this message came in. */
  receivedAt: number | null;
  problem: Problem | null;
  paused: boolean;
}

const PATH = "/api/v1/live/kpis";
// The eye follows four changes a second; more would only cost frames.
const SHOW_EVERY_MS = 250;
// The API sends a heartbeat every 10 s; a line that is silent for longer is dead, though nobody closed it.
const SILENCE_MS = 15_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000];

export class LiveStore {
  private state: LiveState;
  private readonly listeners = new Set<() => void>();
  /** A message that is not shown yet, as it came in. */
  private next: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lastId: string | null = null;
  private failures = 0;
  private connection: AbortController | null = null;

  constructor(begin: Partial<LiveState> = {}) {
    this.state = { message: null, heardAt: null, receivedAt: null, problem: null, paused: false, ...begin };
  }

  readonly snapshot = (): LiveState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Follow from the present on, until the function that is returned is called. Nothing of an earlier start is shown or resumed. */
  start(): () => void {
    this.lastId = null;
    this.next = null;
    this.failures = 0;
    this.change({ message: null, heardAt: null, receivedAt: null, problem: null });
    const stop = new AbortController();
    void this.follow(stop.signal);
    return () => {
      stop.abort();
      this.connection?.abort();
    };
  }

  setPaused(paused: boolean): void {
    this.change({ paused });
    if (!paused) this.show();
  }

  private async follow(stop: AbortSignal): Promise<void> {
    while (!ended(stop)) {
      try {
        await this.connect(stop);
        this.failures += 1;
      } catch (error) {
        if (ended(stop)) return;
        this.failures += 1;
        this.change({ problem: problemOf(error) });
      }
      await sleep(RETRY_MS[Math.min(this.failures, RETRY_MS.length) - 1] ?? 5_000, stop);
    }
  }

  private async connect(stop: AbortSignal): Promise<void> {
    const connection = new AbortController();
    this.connection = connection;
    let silence = setTimeout(() => connection.abort(), SILENCE_MS);
    const onSign = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), SILENCE_MS);
      this.failures = 0;
      this.heard();
    };
    try {
      const signal = AbortSignal.any([connection.signal, stop]);
      await readEvents(PATH, {
        lastId: this.lastId,
        signal,
        onSign,
        onEvent: (event) => this.take(event.id, event.data),
      });
    } finally {
      clearTimeout(silence);
    }
  }

  /** What the stream tells. */
  take(id: string, data: string): void {
    this.lastId = id;
    this.next = data;
    this.timer ??= setTimeout(() => this.show(), this.state.message === null ? 0 : SHOW_EVERY_MS);
  }

  private show(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.state.paused || this.next === null) return;
    const message = JSON.parse(this.next) as LiveMessage;
    this.next = null;
    this.change({ message, receivedAt: Date.now() });
  }

  /** A sign of life alone is no news: who shows since when looks once a second. */
  private heard(): void {
    const { heardAt, problem } = this.state;
    const heard = { heardAt: Date.now(), problem: null };
    if (heardAt === null || problem !== null) this.change(heard);
    else this.state = { ...this.state, ...heard };
  }

  private change(part: Partial<LiveState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

/** Asked anew each time: it changes while the stream is awaited. */
function ended(stop: AbortSignal): boolean {
  return stop.aborted;
}

function sleep(duration: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, duration);
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
