/** As `services/identity` asks for. */
export const PASSWORD_MIN = 8;
