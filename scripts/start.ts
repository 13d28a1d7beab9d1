/** `npm start`: what this kernel has, then a small topology, built, shown and removed. */
if (process.platform !== 'linux') {
  console.error(`axoneme: this is ${process.platform}; the kernel that axoneme drives is Linux. \`npm test -- unit\` runs anywhere.`)
  process.exit(1)
}
await import('../examples/01-kernel-report/main.js')
console.log()
if (process.geteuid?.() === 0) await import('../examples/02-topology/main.js')
else console.log('The topology needs root (CAP_SYS_ADMIN and CAP_NET_ADMIN): run `sudo npm start` to see it.')
