/** Server-sent events over fetch: unlike EventSource it sends the API key, and says why it was refused. */
import { authorization } from "../api/key";
import { problemFrom, RequestError } from "../api/problem";

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Takes pieces of a stream as they come and returns the events that are whole. */
export class EventParser {
  private rest = "";

  take(piece: string): ServerEvent[] {
    const blocks = (this.rest + piece).split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? "";
    return blocks.map(parsed).filter((event) => event.data !== "");
  }
}

function parsed(block: string): ServerEvent {
  const event: ServerEvent = { id: "", event: "message", data: "" };
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const name = line.slice(0, colon);
    if (name === "id") event.id = value;
    if (name === "event") event.event = value;
    if (name === "data") event.data = event.data === "" ? value : `${event.data}\n${value}`;
  }
  return event;
}

interface Reading {
  lastId: string | null;
  signal: AbortSignal;
  /** Called for whatever arrives, heartbeats included. */
  onSign: () => void;
  onEvent: (event: ServerEvent) => void;
}

/** Reads a stream until it ends. Raises RequestError where it is refused, TypeError where nothing answers. */
export async function readEvents(path: string, { lastId, signal, onSign, onEvent }: Reading): Promise<void> {
  const headers: Record<string, string> = { Accept: "text/event-stream", ...authorization() };
  if (lastId !== null) headers["Last-Event-ID"] = lastId;
  const response = await fetch(path, { headers, signal });
  if (!response.ok || response.body === null) {
    throw new RequestError(problemFrom(await response.json().catch(() => null), response.status));
  }
  const parser = new EventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onSign();
    parser.take(value).forEach(onEvent);
  }
}
