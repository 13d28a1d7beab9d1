export { diffMeaning } from './diff-meaning.js'
export { formatDiff } from './format-diff.js'
export type {
  ChangeEffect,
  ChangeGroup,
  DiffOptions,
  JudgedSide,
  Judgement,
  MeaningDiff,
  OutsideBlock,
  TrafficRange,
  Who,
} from './meaning-diff.js'
