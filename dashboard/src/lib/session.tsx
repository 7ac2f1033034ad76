/** Who is signed in, and what that one may do. */
import { useQuery } from "@tanstack/react-query";
import { type Me, me } from "../api/identity";
import { keys } from "./keys";

export interface Session {
  me: Me;
  /** Acts on incidents, knowledge, the demo. */
  canAct: boolean;
  /** Also users and keys. */
  canAdmin: boolean;
}

export const useMe = () => useQuery({ queryKey: keys.me, queryFn: ({ signal }) => me(signal), staleTime: Infinity, retry: false });

export function sessionOf(who: Me): Session {
  const canAdmin = who.roles.includes("admin");
  return { me: who, canAdmin, canAct: canAdmin || who.roles.includes("operator") };
}

const NOBODY: Me = { name: "", display_name: "", project: "", roles: [], kind: "user" };

/** Below the shell, which shows nothing before it is known who is there. */
export function useSession(): Session {
  return sessionOf(useMe().data ?? NOBODY);
}

/** Where one goes after signing in: a page of ours and nothing else. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in") ? next : "/incidents";
}
