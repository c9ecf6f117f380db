// Runs Kafka's DumpLogSegments over the files of logs and reads what it prints. It exits 0 whatever
// it finds, so every line has to be one that a sound file gives; any other is a fault.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { kafkaClassPath } from './kafka-jars.mjs'

// One argument of a command line holds 128 KiB on Linux.
const longestArgument = 100_000

/**
 * What Kafka finds in the logs in `directories`, by directory: `records`, `batches`, index `entries`
 * and `faults`. `contents`: keys and values as well, which must then hold neither space nor control
 * character; 'offsets': as Kafka's decoder of `__consumer_offsets` shows them.
 */
export function dumpLogs(root, directories, { contents = true } = {}) {
  const found = new Map(
    directories.map((directory) => [
      directory,
      { records: [], batches: [], entries: 0, faults: [], gaps: 0 },
    ]),
  )
  for (const files of packed(root, directories)) readOutput(runTool(root, files, contents), found)
  return found
}

/** The paths of all files that the tool understands, in lists that fit a command line. */
function packed(root, directories) {
  const lists = [[]]
  let length = 0
  for (const path of directories.flatMap((directory) => filesOf(root, directory))) {
    length += path.length + 1
    if (length > longestArgument) {
      lists.push([])
      length = path.length + 1
    }
    lists.at(-1).push(path)
  }
  return lists
}

function filesOf(root, directory) {
  return readdirSync(directory)
    .filter((name) => /^\d{20}\.(log|index|timeindex|txnindex|snapshot)$/.test(name))
    .sort()
    .map((name) => relative(root, join(directory, name)))
}

function runTool(root, files, contents) {
  const shows = contents === 'offsets' ? ['--offsets-decoder'] : ['--print-data-log']
  const options = ['--deep-iteration', ...(contents ? shows : [])]
  const { stdout, stderr, status, error } = spawnSync(
    'java',
    [
      ...['-Xmx512m', '-cp', kafkaClassPath(), 'kafka.tools.DumpLogSegments'],
      ...options,
      ...['--files', files.join(',')],
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 30 },
  )
  if (error) throw error
  return { root, stdout, stderr, status }
}

const batchLine = new RegExp(
  '^baseOffset: (\\d+) lastOffset: (\\d+) count: (\\d+) baseSequence: (-?\\d+) lastSequence: -?\\d+ ' +
    'producerId: (-?\\d+) producerEpoch: -?\\d+ partitionLeaderEpoch: (-?\\d+) ' +
    'isTransactional: (true|false) isControl: (true|false) deleteHorizonMs: \\S+ position: (\\d+) ' +
    '(?:CreateTime|LogAppendTime): -?\\d+ size: (\\d+) magic: 2 compresscodec: (\\w+) crc: \\d+ ' +
    'isvalid: true$',
)
const recordLine = new RegExp(
  '^\\| offset: (\\d+) (CreateTime|LogAppendTime): (-?\\d+) keySize: (-?\\d+) valueSize: (-?\\d+) ' +
    'sequence: -?\\d+ headerKeys: \\[(.*?)\\](?: key: (\\S*))?(?: payload: (\\S*))?' +
    '(?: endTxnMarker: (\\w+) coordinatorEpoch: -?\\d+)?$',
)
const entryLine = /^(offset: \d+ position: \d+|timestamp: -?\d+ offset: \d+)$/
const abortedLine =
  /^version: 0 producerId: \d+ firstOffset: \d+ lastOffset: \d+ lastStableOffset: \d+$/
const snapshotLine = /^producerId: \d+ producerEpoch: \d+ /
const otherLines = /^$|^Log starting offset: \d+$|^\S+ is empty\.$/

function readOutput({ root, stdout, stderr, status }, found) {
  let current
  for (const line of stdout.split('\n')) {
    const file = /^Dumping (\S+)$/.exec(line)?.[1]
    if (file === undefined) readLine(line, current)
    else current = found.get(resolve(root, file, '..'))
  }
  if (status !== 0) current?.faults.push(`the tool exits with ${status}`)
  readErrors(stderr, root, found)
}

function readLine(line, current) {
  const batch = batchLine.exec(line)
  const record = recordLine.exec(line)
  if (batch) {
    const [, base, last, count, , producerId, epoch, transactional, control, , , codec] = batch
    current.batches.push({
      baseOffset: Number(base),
      lastOffset: Number(last),
      count: Number(count),
      producerId: Number(producerId),
      leaderEpoch: Number(epoch),
      isTransactional: transactional === 'true',
      isControl: control === 'true',
      codec,
    })
  } else if (record) {
    const [, offset, type, timestamp, keySize, valueSize, headers, key, value, marker] = record
    current.records.push({
      offset: Number(offset),
      type,
      timestamp: Number(timestamp),
      keySize: Number(keySize),
      valueSize: Number(valueSize),
      headers,
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { value }),
      ...(marker === undefined ? {} : { marker }),
    })
  } else if (entryLine.test(line) || abortedLine.test(line)) current.entries++
  else if (!otherLines.test(line) && !snapshotLine.test(line)) current?.faults.push(line)
}

/** Gaps between offsets are counted, because some logs have them; all else there is a fault. */
function readErrors(stderr, root, found) {
  let current
  for (const line of stderr.split('\n')) {
    if (line === '' || line.startsWith('SLF4J')) continue
    const gapsIn = /^Non-consecutive offsets in (\S+?):?$/.exec(line)?.[1]
    if (gapsIn !== undefined) current = found.get(resolve(root, gapsIn, '..'))
    else if (/^\s+\d+ is followed by \d+\.?$/.test(line) && current) current.gaps++
    else for (const log of found.values()) log.faults.push(`standard error: ${line}`)
  }
}
