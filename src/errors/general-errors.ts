import type { ErrorInfo } from '../errors.js'

const storage = 56

/** What logs, topics and the command line say no with. */
export const generalErrors = {
  ERR_ACCESS: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'The operating system refuses access to a file or directory.',
    remedy: 'Give this user read and write permission on the path, or run as its owner.',
  },
  ERR_BATCH_TOO_LARGE: {
    kafkaCode: 10,
    retriable: false,
    meaning: 'A record batch is larger than the limit, or than a segment can hold.',
    remedy: 'Put fewer records into a batch, or raise `maxMessageBytes` or `segmentBytes`.',
  },
  ERR_CLOSED: {
    retriable: false,
    meaning: 'The log, producer, consumer or engine has been closed.',
    remedy: 'Open it again, and close it only after the last call has settled.',
  },
  ERR_CORRUPT_BATCH: {
    kafkaCode: 2,
    retriable: false,
    meaning:
      'A record batch is damaged: its CRC does not match, or its content does not decode. ' +
      'Records outside `fromOffset` to `toOffset` stay readable.',
    remedy:
      'Read on after `toOffset`, or restore the file; `duramen repair` makes a segment without the damage.',
  },
  ERR_CORRUPT_CATALOG: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'The file that lists the topics of a data directory is damaged; nothing was changed.',
    remedy:
      'Restore `duramen.topics` from a backup. Or move it aside: topics are then found from their ' +
      'directories, with default configurations, so look at `retentionMs` and its like first.',
  },
  ERR_CORRUPT_LOG: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'The files of a log contradict each other, or a file is not what its name says.',
    remedy: 'Run `duramen repair --dry-run`, which names the places; nothing has been changed.',
  },
  ERR_DECOMPRESSION_LIMIT: {
    kafkaCode: 10,
    retriable: false,
    meaning: 'A compressed batch would take more memory than is allowed once decompressed.',
    remedy: 'Raise `maxDecompressedBytes` if the batch is trusted; otherwise treat it as hostile.',
  },
  ERR_FENCED: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'An earlier flush failed, so the log takes no more appends; reads go on.',
    remedy: 'Look after the device, then close the log and open it again: that recovers it.',
  },
  ERR_FOREIGN_DIRECTORY: {
    retriable: false,
    meaning: 'The directory holds something other than a log.',
    remedy: 'Give the directory of a log, or one that is empty or does not exist yet.',
  },
  ERR_FORKED: {
    retriable: false,
    meaning: 'The log was opened by the parent of this process, and a fork cannot share it.',
    remedy: 'Open the log in the process that uses it.',
  },
  ERR_INPUT: {
    retriable: false,
    meaning: 'Input to a command is not in the format that was asked for.',
    remedy: 'Correct the line that the message names; the lines before it were taken.',
  },
  ERR_INVALID_ARGUMENT: {
    kafkaCode: 42,
    retriable: false,
    meaning: 'An argument has the wrong type, or a value that can never work.',
    remedy: 'Pass what the message says is allowed.',
  },
  ERR_INVALID_BATCH: {
    kafkaCode: 87,
    retriable: false,
    meaning: 'A record batch given to append is not sound; nothing of it was stored.',
    remedy: 'Build batches with `BatchBuilder`, or correct the client that made this one.',
  },
  ERR_INVALID_OPTION: {
    kafkaCode: 40,
    retriable: false,
    meaning: 'An option does not exist, or its value is out of bounds.',
    remedy: 'Use an option and a value that the message lists.',
  },
  ERR_INVALID_PARTITIONS: {
    kafkaCode: 37,
    retriable: false,
    meaning: 'A topic cannot have so many, or so few, partitions.',
    remedy: 'Give the number that the message allows; partitions are added, never taken away.',
  },
  ERR_INVALID_TOPIC: {
    kafkaCode: 17,
    retriable: false,
    meaning: 'No topic may have that name.',
    remedy:
      'Use 1 to 249 letters, digits, dots, dashes and underscores, and no name that differs from ' +
      "another topic's in dots and underscores only.",
  },
  ERR_IO: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'Reading or writing failed; `syscall` and `errno` say how.',
    remedy: 'Look after the device or file system, then open the log again.',
  },
  ERR_LOCKED: {
    retriable: true,
    meaning: 'Another process has the directory open for writing.',
    remedy: 'Close the owner that the message names, open read-only, or use another directory.',
  },
  ERR_MAP_LIMIT: {
    kafkaCode: storage,
    retriable: true,
    meaning: 'The operating system allows no further memory mapping.',
    remedy: 'Raise `vm.max_map_count` or the limit on address space, or open fewer logs.',
  },
  ERR_NO_SPACE: {
    kafkaCode: storage,
    retriable: true,
    meaning: 'The file system or the quota is full; the log is intact and stays usable.',
    remedy: 'Free space or raise the quota, then append again.',
  },
  ERR_NOT_A_DIRECTORY: {
    retriable: false,
    meaning: 'The path, or a part of it, is not a directory.',
    remedy: 'Give a path whose every part is a directory.',
  },
  ERR_NOT_APPENDER: {
    kafkaCode: 6,
    retriable: false,
    meaning: 'The log is already open elsewhere in this process, so this handle only reads.',
    remedy: 'Append through the handle that was opened first.',
  },
  ERR_NOT_BUILT: {
    retriable: false,
    meaning: 'The native addon is missing for this platform, or does not load.',
    remedy: 'Run `npm run build` in a clone (it needs a C++20 compiler), or install again.',
  },
  ERR_NOT_FOUND: {
    kafkaCode: 3,
    retriable: false,
    meaning: 'The file, directory or topic does not exist.',
    remedy: 'Check the name, or create it first.',
  },
  ERR_OFFSET_OUT_OF_RANGE: {
    kafkaCode: 1,
    retriable: false,
    meaning: 'The offset lies before the log start offset or after the end that readers may see.',
    remedy: 'Read from an offset between the two that the message gives.',
  },
  ERR_OFFSET_OVERFLOW: {
    kafkaCode: 87,
    retriable: false,
    meaning: 'An offset would pass 2^53 - 1, or lie too far from the start of its segment.',
    remedy: 'Start a new log; in practice a base offset was given wrongly.',
  },
  ERR_OPTIONS_DIFFER: {
    kafkaCode: 40,
    retriable: false,
    meaning: 'The log is open in this process with other options.',
    remedy: 'Open it with the same options, or close the other handle first.',
  },
  ERR_OUT_OF_MEMORY: {
    retriable: true,
    meaning: 'Memory could not be allocated.',
    remedy: 'Release views, lower limits, or give the process more memory.',
  },
  ERR_READ_ONLY: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'The log was opened read-only, or its file system is mounted read-only.',
    remedy: 'Open it for writing, or remount the file system.',
  },
  ERR_SEGMENT_LOST: {
    kafkaCode: storage,
    retriable: false,
    meaning: 'A segment file was cut short or failed to read underneath the log.',
    remedy: 'Find what changes the files from outside; restore the segment, then open again.',
  },
  ERR_TOO_MANY_FILES: {
    kafkaCode: storage,
    retriable: true,
    meaning: 'The process or the system has no file descriptor left.',
    remedy: 'Raise the limit (`ulimit -n`), or open fewer logs at a time.',
  },
  ERR_TOPIC_EXISTS: {
    kafkaCode: 36,
    retriable: false,
    meaning: 'There is a topic of that name already.',
    remedy: 'Use it as it is, alter it, or choose another name.',
  },
  ERR_UNSUPPORTED_CODEC: {
    kafkaCode: 76,
    retriable: false,
    meaning: 'The compression codec is unknown, or its library is not installed.',
    remedy: 'Install the package that the message names, or use another codec.',
  },
  ERR_UNSUPPORTED_MAGIC: {
    kafkaCode: 43,
    retriable: false,
    meaning: 'The batch is in a record format other than version 2.',
    remedy: 'Let Apache Kafka 0.11 or later convert the log, or correct the client.',
  },
  ERR_UNSUPPORTED_PLATFORM: {
    retriable: false,
    meaning: 'Duramen has no storage engine for this operating system, processor or kernel.',
    remedy:
      'Use Linux (x64 or arm64, glibc 2.28 or later or musl, kernel 4.18 or later); macOS ' +
      'compiles, but is untested.',
  },
  ERR_USAGE: {
    retriable: false,
    meaning: 'A command was called with arguments that it does not take.',
    remedy: 'See `duramen --help`, or `duramen VERB --help`.',
  },
  ERR_VIEW_RELEASED: {
    retriable: false,
    meaning: 'A view was used after `release()`.',
    remedy: 'Release a view last, or take `record.copy()` of what must outlive it.',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorInfo>>
