/** The prompt's commands and their meanings. */
export const PROMPT_COMMANDS: Readonly<Record<string, string>> = {
  "<text>": "send a text message; //… for one starting with /",
  "/binary <hex>": "send a binary message",
  "/fragment <n> <text>": "send a text message in fragments of at most n bytes",
  "/ping [text]": "send a ping",
  "/pong [text]": "send a pong",
  "/close [code] [reason]": "start the closing handshake",
  "/raw <hex>": "send bytes as they are",
  "/invalid [options] [text]": "send any frame of encode: /invalid --rsv2 hello",
  "/help": "list these commands",
};
