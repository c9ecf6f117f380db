export { listTopics, partitionPath, type Topic } from './data-directory.js'
export { closeAll, openTopic, type TopicLogs, type TopicLogsOptions } from './topic-logs.js'
