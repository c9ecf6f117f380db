export type { GroupOptions } from '../config/group-config.js'
export { assignMembers, consumerProtocol, subscribedTopics } from './assign.js'
export {
  type AssignedPartitions,
  type Assignor,
  assignors,
  type PartitionCounts,
  type Subscriber,
} from './assignors/index.js'
export {
  type Assignment,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription,
  type TopicPartitions,
} from './consumer-protocol.js'
export { GroupCoordinator } from './group-coordinator.js'
export type { StoredMember } from './group-record.js'
export { offsetsPartition } from './java-hash.js'
export { inProcessHost } from './membership.js'
export type { LoadReport } from './offset-loader.js'
export type { GroupsLoaded, OffsetLogs } from './offset-store.js'
export { type RecordedGroup, type RecordedGroups, readGroups } from './recorded-groups.js'
export { notEmpty } from './refusals.js'
export type {
  CommitRequest,
  DescribedMember,
  FetchedOffset,
  GroupDescription,
  GroupListing,
  GroupProtocol,
  GroupState,
  JoinAnswer,
  JoinedMember,
  JoinRequest,
  LeaveRequest,
  LeaveResult,
  LeavingMember,
  MemberAssignment,
  MemberRequest,
  OffsetToCommit,
  PartitionResult,
  SyncAnswer,
  SyncRequest,
  TopicPartition,
} from './requests.js'
