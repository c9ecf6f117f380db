// Logs that Apache Kafka wrote, continued by us: what it then finds in them has to be ours and its own.
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { PartitionLog } from '../../dist/log/index.js'

const archive = new URL('../fixtures/golden/directories.br', import.meta.url)

/** Unpacks the data directory `clean` or `unclean` into `directory`; the names of its partitions. */
function unpack(which, directory) {
  const bytes = brotliDecompressSync(readFileSync(archive))
  let at = bytes.indexOf('\n') + 1
  const partitions = new Set()
  for (const { path, size, stored } of JSON.parse(bytes.toString('utf8', 0, at))) {
    at += stored
    if (!path.startsWith(`${which}/`)) continue
    const name = path.slice(which.length + 1)
    if (/^[^_].*-\d+\/\d+\.log$/.test(name)) partitions.add(dirname(name))
    const file = join(directory, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes.subarray(at - stored, at))
    truncateSync(file, size)
  }
  return [...partitions]
}

/** Appends to every partition; what has to be found, by directory. */
export async function continueGolden(which, directory) {
  const expected = new Map()
  for (const name of unpack(which, directory)) {
    const path = join(directory, name)
    const log = await PartitionLog.open(path, { indexIntervalBytes: 500 })
    for (let i = 0; i < 50; i++) {
      await log.append([{ key: `k${i}`, value: 'v'.repeat(i * 5) }], { compression: 'lz4' })
    }
    expected.set(path, await describe(log))
    await log.close()
  }
  return expected
}

async function describe(log) {
  const found = []
  for (let view = await log.read(log.logStartOffset); !view.isEmpty; ) {
    const cursor = view.cursor({ includeControl: true })
    while (cursor.next()) {
      const { offset, timestamp, timestampType: type, keyLength, valueLength } = cursor
      found.push({ offset, type, timestamp, keySize: keyLength, valueSize: valueLength })
    }
    view = await log.read(view.nextOffset)
  }
  return found
}
