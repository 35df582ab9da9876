import { ViewLink } from "./ViewLink";

/** A product's name as the way to its page. */
export function ProductLink({ id }: { id: string }) {
  return <ViewLink to={`/products/${encodeURIComponent(id)}`}>{id}</ViewLink>;
}
