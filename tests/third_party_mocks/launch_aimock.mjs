// Runs aimock, and ends when whoever started it does.
process.stdin.on("end", () => process.exit(0)).resume();
await import("./node_modules/@copilotkit/aimock/dist/cli.js");
