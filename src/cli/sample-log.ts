import { open } from 'node:fs/promises'

const paths = ['/', '/products', '/cart', '/search?q=log', '/api/v1/orders', '/static/app.js']
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15',
  'curl/8.14.1',
]
const statuses = [200, 200, 200, 200, 204, 302, 304, 404, 500]
const firstRequestMs = Date.UTC(2026, 0, 1)

/** Numbers below 2^32 that look random and are the same each time (xorshift). */
function* randomNumbers(): Generator<number, never> {
  for (let state = 2463534242; ; ) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

function* lines(): Generator<string, never> {
  const numbers = randomNumbers()
  for (let timeMs = firstRequestMs; ; ) {
    const random = numbers.next().value
    timeMs += random % 50
    const address = `198.51.${(random >>> 8) & 255}.${random & 255}`
    const time = new Date(timeMs).toISOString()
    const path = paths[random % paths.length]
    const status = statuses[(random >>> 4) % statuses.length]
    const agent = agents[(random >>> 12) % agents.length]
    yield `${address} - - [${time}] "GET ${path} HTTP/1.1" ${status} ${random >>> 18} "-" "${agent}"\n`
  }
}

const blockSize = 1024 * 1024

/** Writes an access log of about `size` bytes, every time the same. */
export async function writeSampleLog(path: string, size: number): Promise<void> {
  const file = await open(path, 'w')
  try {
    let block = ''
    let written = 0
    for (const line of lines()) {
      block += line
      if (block.length < blockSize) continue
      written += (await file.write(block, null, 'latin1')).bytesWritten
      block = ''
      if (written >= size) return
    }
  } finally {
    await file.close()
  }
}
