/** The whole answer of a statement as one CSV file, all of the versions of its first page. */
import { api } from "../../api/client";
import { problemFrom, RequestError } from "../../api/problem";

const PAGE = 1_000;
// A hundred thousand rows: what a spreadsheet still opens, and a browser holds.
const MOST_PAGES = 100;

export interface Csv {
  text: string;
  /** Whether there are more rows than were taken. */
  cut: boolean;
}

export async function wholeCsv(sql: string, asOf: string | null): Promise<Csv> {
  let text = "";
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await csvPage(sql, asOf, cursor);
    text += page === 0 ? answer.text : answer.text.slice(headLength(answer.text));
    cursor = answer.next;
    if (cursor === null) break;
  }
  return { text, cut: cursor !== null };
}

async function csvPage(sql: string, asOf: string | null, cursor: string | null) {
  const { data, error, response } = await api.POST("/api/v1/query", {
    params: { query: { as_of: asOf, limit: PAGE, cursor } },
    body: { sql },
    headers: { Accept: "text/csv" },
    parseAs: "text",
  });
  if (typeof data !== "string") throw new RequestError(problemFrom(error, response.status));
  const next = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
  return { text: data, next: next === undefined ? null : decodeURIComponent(next) };
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

/** Hands a text to the browser as a file. */
export function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
