/** A whole answer as one CSV file, all of the versions of its first page. */
import { problemFrom, RequestError } from "./problem";

export const CSV_PAGE = 1_000;
// A hundred thousand rows: what a spreadsheet still opens, and a browser holds.
const MOST_PAGES = 100;

/** What a request for text takes besides its question. */
export const AS_CSV = { headers: { Accept: "text/csv" }, parseAs: "text" } as const;

export interface Csv {
  text: string;
  /** Whether there are more rows than were taken. */
  cut: boolean;
}

interface Page {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** ask: asks for the page of a cursor. Raises RequestError where one is refused. */
export async function wholeCsv(ask: (cursor: string | null) => Promise<Page>): Promise<Csv> {
  let text = "";
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data, error, response } = await ask(cursor);
    if (typeof data !== "string") throw new RequestError(problemFrom(error, response.status));
    text += page === 0 ? data : data.slice(headLength(data));
    cursor = nextOf(response);
    if (cursor === null) break;
  }
  return { text, cut: cursor !== null };
}

function nextOf(response: Response): string | null {
  const next = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
  return next === undefined ? null : decodeURIComponent(next);
}

/** Up to the end of the first record: a name may hold line breaks within quotes. */
function headLength(text: string): number {
  let quoted = false;
  for (let place = 0; place < text.length; place += 1) {
    if (text[place] === '"') quoted = !quoted;
    if (text[place] === "\n" && !quoted) return place + 1;
  }
  return text.length;
}
