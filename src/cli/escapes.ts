const named: { readonly [letter: string]: string } = {
  n: '\n',
  r: '\r',
  t: '\t',
  0: '\0',
  '\\': '\\',
}

/** Text with `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH` replaced, as bytes; undefined where it is empty. */
export function withoutEscapes(text: string): Buffer | undefined {
  const parts = text.split(/(\\x[0-9a-fA-F]{2}|\\[nrt0\\])/)
  const bytes = parts.map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part)
    return part.startsWith('\\x')
      ? Buffer.from(part.slice(2), 'hex')
      : Buffer.from(named[part.slice(1)] ?? '')
  })
  return text === '' ? undefined : Buffer.concat(bytes)
}
