// What a person sees of a session in Temporal's UI and asks of it: queries, updates, current details, search attributes.

import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import {
  SEARCH_ATTRIBUTES,
  SESSION_QUERIES,
  SESSION_REPORT,
  SESSION_UPDATES,
  type SessionFigures,
  type SessionPlace,
  type SessionSource,
} from './contract.ts';
import { sessionTable } from './session-table.ts';

type ControlName = keyof typeof SESSION_UPDATES;

export interface SessionView {
  source: SessionSource;
  /** Answers the updates. They are refused once the session has ended. */
  onControl(control: (name: ControlName) => Promise<SessionFigures>): void;
  placed(place: SessionPlace): void;
  /** Newer figures; nothing is known of them when undefined. */
  report(figures: SessionFigures | undefined): void;
  /** @param place of a session that ended before its workflow began */
  ended(summary: SessionFigures, place?: SessionPlace): SessionFigures;
  /** The last figures as the summary of a session whose worker is gone. */
  lost(reason: string): SessionFigures;
}

/** Opens the view. Called once, first thing in the workflow, so that no query or update finds it missing. */
export function openSessionView({ session, source }: { session: string; source: SessionSource }): SessionView {
  let link: string | undefined;
  let figures = noFigures(session, source);
  let hasEnded = false;
  let hasAttributes = true;

  const show = (): void => setCurrentDetails(sessionTable(figures, link));
  const mark = (state: string): void => {
    if (!hasAttributes) return;
    upsertSearchAttributes([
      { key: defineSearchAttributeKey('DigitflowState', SEARCH_ATTRIBUTES.DigitflowState), value: state },
    ]);
  };
  const report = (news: SessionFigures | undefined): void => {
    if (news === undefined || hasEnded) return;
    figures = news;
    show();
  };
  setHandler(defineQuery<string | undefined>(SESSION_QUERIES.link), () => link);
  setHandler(defineQuery<SessionFigures>(SESSION_QUERIES.figures), () => figures);
  setHandler(defineSignal<[SessionFigures]>(SESSION_REPORT), report);

  return {
    source,
    report,
    onControl(control) {
      for (const name of Object.values(SESSION_UPDATES))
        setHandler(
          defineUpdate<SessionFigures>(name),
          async () => {
            const news = await control(name);
            report(news);
            return news;
          },
          {
            validator() {
              if (hasEnded) throw ApplicationFailure.nonRetryable(`session ${session} has ended`, 'SessionEnded');
            },
          },
        );
    },
    placed(place) {
      ({ link } = place);
      hasAttributes = place.searchAttributes ?? true;
      show();
      mark('OPEN');
    },
    ended(summary, place) {
      hasAttributes = place?.searchAttributes ?? hasAttributes;
      figures = summary;
      hasEnded = true;
      show();
      mark(summary.state.toUpperCase());
      return summary;
    },
    lost: (reason) => ({ ...figures, state: 'lost', endedAt: new Date().toISOString(), reason }),
  };
}

function noFigures(session: string, source: SessionSource): SessionFigures {
  return {
    session,
    state: 'waiting',
    source,
    startedAt: new Date().toISOString(),
    frames: { received: 0, answered: 0, dropped: 0 },
    decisions: { digit: 0, uncertain: 0, none: 0 },
    labels: {},
    latencyMs: { p50: 0, p95: 0, p99: 0, max: 0 },
    modelVersions: [],
    corrections: 0,
  };
}
