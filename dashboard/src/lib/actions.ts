/** What people do with incidents: at once on the screen, taken back when the server refuses. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Action, type IncidentSummary, act } from "../api/incidents";
import { useToast } from "../components/toast";
import { useT } from "../i18n";
import { remember } from "../live";
import { keys } from "./keys";
import { useSession } from "./session";

export interface Doing {
  incident: IncidentSummary;
  action: Action;
}

export function useAct() {
  const t = useT();
  const client = useQueryClient();
  const toast = useToast();
  const { me } = useSession();
  return useMutation({
    mutationFn: ({ incident, action }: Doing) => act(incident.task_id, action),
    onMutate: ({ incident, action }) => remember(client, [expected(incident, action, me.name, new Date().toISOString())]),
    onSuccess: (summary, { action }) => {
      remember(client, [summary]);
      toast.done(t.action.done[action.kind]);
    },
    onError: (error, { incident }) => {
      remember(client, [incident]);
      toast.failed(error);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: keys.stats }),
  });
}

/** What the incident will look like if the server agrees. What only the server knows stays as it is. */
export function expected(incident: IncidentSummary, action: Action, who: string, now: string): IncidentSummary {
  switch (action.kind) {
    case "acknowledge":
      return { ...incident, acknowledged_by: who, acknowledged_at: now };
    case "unacknowledge":
      return { ...incident, acknowledged_by: null, acknowledged_at: null };
    case "assign":
      return { ...incident, assignee: action.assignee };
    case "silence":
      return { ...incident, silenced_until: new Date(Date.parse(now) + action.minutes * 60_000).toISOString() };
    case "unsilence":
      return { ...incident, silenced_until: null };
    case "feedback":
      return { ...incident, feedback: action.verdict };
    case "comment":
    case "retry":
    case "cancel":
      return incident;
  }
}
