// Runs aimock; exits when stdin closes, that is when the parent process ends.
process.stdin.on("end", () => process.exit(0)).resume();
await import("./node_modules/@copilotkit/aimock/dist/cli.js");
