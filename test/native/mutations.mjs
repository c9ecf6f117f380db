// Faults put into a copy of the core, one at a time: a text of a file, what stands there instead,
// and the tests that must then fail. `npm run test:broken` fails where one of them passes, or where
// the text is no longer found.
const powerCutUnderSync = 'PowerCutBeforeEveryCallLosesNothingDurableUnderSync'
const powerCutUnderOs = 'PowerCutBeforeEveryCallLosesNothingDurableUnderOs'
const powerCutAnywhere = 'PowerCutAtAnyPointOfAnyOperationsLosesNothingAcknowledged'
const failingOnce = 'EveryCallFailingOnceIsATypedErrorAndLosesNothingPromised'

const flush = 'native/log/partition_log_flush.cc'
const cut = 'native/log/partition_log_cut.cc'

export const mutations = [
  {
    name: 'no fsync',
    file: flush,
    text: 'return round.with_active ? round.target.segment->file()->Sync() : Status();',
    instead: 'return Status();',
    fail: [powerCutUnderSync, powerCutUnderOs, powerCutAnywhere, failingOnce],
  },
  {
    name: 'CRC skipped',
    file: 'native/log/batch_check.cc',
    text: 'return crc == header.crc() ? BatchFault::kNone : BatchFault::kBadCrc;',
    instead: 'return crc == ~header.crc() ? BatchFault::kBadCrc : BatchFault::kNone;',
    fail: ['DamagedLastBatchIsReportedOrSetAside', 'FuzzedDamageIsReportedAndLosesNothingIntact'],
  },
  {
    name: 'acknowledged before the sync',
    file: flush,
    text: '  round->target.offset = log_end_offset_.load();',
    instead:
      '  round->target.offset = log_end_offset_.load();\n  durable_offset_.store(round->target.offset);',
    fail: [powerCutUnderSync, powerCutAnywhere, failingOnce],
  },
  {
    name: 'watermark ahead of the data',
    file: flush,
    text: '  round->target.last = last_batch_;',
    instead: '  round->target.last = last_batch_;\n  StoreMark(round->target);',
    fail: [powerCutUnderSync, powerCutUnderOs, powerCutAnywhere],
  },
  {
    name: 'a failed sync is not heeded',
    file: flush,
    text: '  if (!synced.ok()) {\n    Fence(synced);',
    instead: '  if (false) {\n    Fence(synced);',
    fail: [failingOnce, powerCutAnywhere, 'FailedBarrierFencesEveryLogThatReliedOnIt'],
  },
  {
    name: 'sealed segments are not synced',
    file: flush,
    text: '    DURAMEN_TRY(segment->file()->Sync());\n',
    instead: '',
    fail: [powerCutUnderSync, powerCutAnywhere],
  },
  {
    name: 'the directory is not synced',
    file: flush,
    text: '  if (round.directory_dirty) DURAMEN_TRY(env_->SyncDirectory(directory_));\n',
    instead: '',
    fail: [powerCutAnywhere],
  },
  {
    name: 'a file that has grown shares a barrier',
    file: flush,
    text: 'const bool has_grown = active_->TakeGrown();',
    instead: 'const bool has_grown = false;',
    fail: ['LogWhoseFileHasGrownIsSyncedByItself'],
  },
  {
    name: 'appends ignore the fence',
    file: 'native/log/partition_log_append.cc',
    text: 'return fenced_ ? FenceStatus() : Status();',
    instead: 'return Status();',
    fail: [failingOnce],
  },
  {
    name: 'recovery trusts the page cache of a fenced log',
    file: 'native/log/recovery.cc',
    text: '    if (Fenced() && stop->expected >= input_.durable.durable_offset) break;\n',
    instead: '',
    fail: ['FencedLogEndsAtItsDurableOffsetAndViewsKeepTheirBytes', powerCutAnywhere],
  },
  {
    name: 'a cut without the lower watermark first',
    file: cut,
    text: '  StoreMark({durable_offset_.load(), place.segment, 0, LastBatch()});\n  StoreLive();\n  DURAMEN_TRY(watermark_->Sync());\n',
    instead: '  StoreLive();\n',
    fail: [powerCutAnywhere],
  },
  {
    name: 'files are deleted before the log start is stored',
    file: cut,
    text: '  DURAMEN_TRY(StoreLogStart(offset));\n  return RemoveDeleted();',
    instead:
      '  log_start_offset_.store(offset);\n  DURAMEN_TRY(RemoveDeleted());\n  return StoreLogStart(offset);',
    fail: [powerCutUnderSync, powerCutAnywhere],
  },
  {
    name: 'what a cut keeps is not synced',
    file: 'native/log/copy_file.cc',
    text: '  return file->Sync();',
    instead: '  return Status();',
    fail: [powerCutUnderSync, powerCutAnywhere],
  },
  {
    name: 'the marker of a clean close may come back',
    file: 'native/log/log_directory.cc',
    text: '    DURAMEN_TRY(env_->SyncDirectory(path_));\n    marker_stands_ = false;',
    instead: '    marker_stands_ = false;',
    fail: ['MarkerOfACleanCloseDoesNotComeBackOnceTheLogIsOpen'],
  },
  {
    name: 'the fence that opening lifts may come back',
    file: 'native/log/partition_log_open.cc',
    text: '  if (was_fenced) DURAMEN_TRY(watermark_->Sync());\n',
    instead: '  (void)was_fenced;\n',
    fail: ['FenceThatWasLiftedDoesNotComeBackWithAPowerCut'],
  },
  {
    name: 'a segment at rest is not held before its file goes',
    file: 'native/log/partition_log_cut.cc',
    text: '  (void)segment->Hold();  // somebody may be about to read there\n',
    instead: '',
    fail: ['SegmentAtRestIsReadThoughItsFileWasRemoved'],
  },
  {
    name: 'whatever has the name is taken for the segment',
    file: 'native/log/segment.cc',
    text: 'if (info.id != append_.id || info.size < end())',
    instead: 'if (info.size < end())',
    fail: ['FileThatTookTheNameOfASegmentAtRestIsNotTakenForIt'],
  },
  {
    name: 'snapshots of what was cut off stay',
    file: cut,
    text: '  DURAMEN_TRY(producers_.ForgetSnapshots(end));\n',
    instead: '',
    fail: ['CutForgetsWhatItTakesAwayAndNothingElse', powerCutAnywhere],
  },
  {
    name: 'a snapshot counts whatever its checksum',
    file: 'native/log/producer_snapshot.cc',
    text: '  if (LoadBig32(from + kChecksumAt) !=',
    instead: '  if (false && LoadBig32(from + kChecksumAt) !=',
    fail: ['SnapshotDamagedInAnyByteIsNotTrusted'],
  },
  {
    name: 'what a dead process wrote into a transaction index is taken for durable',
    file: 'native/log/transaction_index.cc',
    text: '  unsynced_ = written_ > 0;',
    instead: '  unsynced_ = false;',
    fail: [powerCutAnywhere],
  },
  {
    name: 'a transaction is stable before its marker is durable',
    file: 'native/log/producer_state.cc',
    text: '  ended_.push_back({first, offset});\n',
    instead: '',
    fail: ['TransactionStaysUnstableUntilItsMarkerIsDurable'],
  },
  {
    name: 'a batch that is sent again is not known',
    file: 'native/log/producer_state.cc',
    text: '  if (producer.epoch != batch.epoch) return nullptr;\n',
    instead: '  if (producer.epoch >= 0) return nullptr;\n',
    fail: ['BatchThatIsSentAgainIsAnsweredWithItsOffsetsAndStoredOnce'],
  },
]
