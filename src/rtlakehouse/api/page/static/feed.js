// The live feed: each message is the whole present state. The browser connects again by itself and says what it has seen.

const AGAIN_MS = 2_000;

export function follow({ opened, broken, told }) {
  const source = new EventSource("/api/v1/live/kpis");
  source.addEventListener("open", opened);
  source.addEventListener("kpis", (event) => told(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    broken();
    // A refusal, unlike a lost connection, is final for the browser.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow({ opened, broken, told }), AGAIN_MS);
  });
}
