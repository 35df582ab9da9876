/** Hands something to the browser as a file. */
export function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function saveText(text: string, name: string): void {
  save(new Blob([text], { type: "text/csv" }), name);
}
