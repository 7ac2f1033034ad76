import { NativeSelect } from "@mantine/core";
import { KEY_ROLES, ROLES, type Role } from "../api/identity";
import { useT } from "../i18n";

/** The greatest of someone's roles: each includes the lesser ones. */
export const roleOf = (roles: readonly Role[]): Role => KEY_ROLES.findLast((role) => roles.includes(role)) ?? "viewer";

export function RoleSelect({ label, name, value, onChange, roles = ROLES, bare = false }: { label: string; roles?: readonly Role[]; name?: string; value?: Role; onChange?: (role: Role) => void; bare?: boolean }) {
  const t = useT();
  const data = roles.map((role) => ({ value: role, label: bare ? (t.settings.roleNames[role] ?? role) : `${t.settings.roleNames[role]} – ${t.settings.roleHints[role]}` }));
  return (
    <NativeSelect
      size={bare ? "xs" : "sm"}
      {...(bare ? { "aria-label": label } : { label })}
      name={name}
      data={data}
      {...(value === undefined ? { defaultValue: roles[0] } : { value, onChange: (event) => onChange?.(event.currentTarget.value as Role) })}
    />
  );
}
