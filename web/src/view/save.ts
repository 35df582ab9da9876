// A browser may begin to read it some time after it was told to.
const READ_WITHIN_MS = 60_000;

/** Hands something to the browser as a file. */
export function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), READ_WITHIN_MS);
}

export function saveText(text: string, name: string): void {
  save(new Blob([text], { type: "text/csv" }), name);
}
