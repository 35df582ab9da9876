/** Patches to begin with, by the reason that records were rejected for. */
import type { Draft } from "./patch";

export interface Example {
  about: string;
  patch: Partial<Draft> & Pick<Draft, "way">;
}

const AS_THEY_ARE: Example = { about: "Judge them again as they are", patch: { way: "none" } };

const VALUES: Record<string, unknown> = {
  event_type: "page_view",
  price: 0,
  quantity: 1,
  currency: "EUR",
  ts: "2026-11-24T10:30:00Z",
};

const OF_A_RECORD: Record<string, Example[]> = {
  malformed_json: [
    {
      about: "Drop a trailing comma",
      patch: { way: "record", record: String.raw`regexp_replace(raw, ',\s*}', '}', 'g')` },
    },
    { about: "Double the quotes", patch: { way: "record", record: `replace(raw, '''', '"')` } },
  ],
  not_an_object: [
    { about: "Take the first of a list", patch: { way: "record", record: "json_extract(raw, '$[0]')::varchar" } },
  ],
  unknown_event_type: [computed("Write it in small letters", "event_type", "lower(trim(event_type))")],
  bad_currency: [computed("Write it in capitals", "currency", "upper(trim(currency))"), set("currency")],
  bad_timestamp: [computed("Take it for UTC", "ts", "ts || 'Z'")],
  future_timestamp: [computed("Set the clock back an hour", "ts", "try_cast(ts as bigint) - 3600000")],
  too_late: [AS_THEY_ARE],
};

const NUMBERS: Record<string, string> = {
  price: "try_cast(replace(price, ',', '.') as decimal(18,4))",
  quantity: "try_cast(try_cast(quantity as double) as bigint)",
  ts: "try_cast(try_cast(ts as double) * 1000 as bigint)",
};

const WITHIN: Record<string, Example> = {
  price: computed("Drop the sign", "price", "abs(try_cast(price as decimal(18,4)))"),
  quantity: computed("One at least", "quantity", "greatest(try_cast(quantity as bigint), 1)"),
};

/** Those that fit the reason, the likeliest first; of any reason where none is chosen. */
export function examplesFor(reason: string | null): Example[] {
  const [rule = "", member = ""] = (reason ?? "").split(":");
  if (rule === "missing") {
    return member === "event_id" ? [computed("Make one of the record", member, "md5(raw)")] : [set(member)];
  }
  if (rule === "type") return [typed(member)];
  if (rule === "length")
    return [computed("Cut it, or call it unknown", member, `left(coalesce(nullif(${member}, ''), 'unknown'), 128)`)];
  if (rule === "range") return [WITHIN[member] ?? set(member)];
  return (
    OF_A_RECORD[rule] ?? [set("currency"), computed("Compute a member", "price", NUMBERS["price"] ?? ""), AS_THEY_ARE]
  );
}

function typed(member: string): Example {
  const number = NUMBERS[member];
  if (number !== undefined)
    return computed(member === "ts" ? "Seconds to milliseconds" : "Read it as a number", member, number);
  return computed("Take it as text", member, member);
}

function computed(about: string, name: string, expression: string): Example {
  return { about, patch: { way: "members", members: [{ name, expression }] } };
}

function set(member: string): Example {
  const merge = JSON.stringify({ [member]: VALUES[member] ?? "unknown" });
  return { about: `Set ${member}`, patch: { way: "merge", merge } };
}
