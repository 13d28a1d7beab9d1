import { execFileSync } from 'node:child_process'
import {
  attachCgroup,
  attachNetfilter,
  attachNetns,
  attachRawTracepoint,
  attachTcx,
  attachXdp,
  type BpfLink,
  type BpfProgram,
  listLinks,
} from '@axoneme/bpf'
import { expect } from 'vitest'
import { cgroup } from './bpf-cgroup.js'
import { has, returns, wire } from './bpf-hooks.js'
import { feature, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

interface Shown {
  readonly id: number
  readonly prog_id: number
  readonly type: string | number
}

kernelTest('bpf link > of every kind that the kernel has, bpftool says the same', { needs: [feature('link-veth')] }, async () => {
  await using w = await wire()
  using group = cgroup()
  const open: { readonly link: BpfLink; readonly program: BpfProgram }[] = []
  const attach = (program: BpfProgram, link: { unwrap(): BpfLink }): void => {
    open.push({ link: link.unwrap(), program })
  }
  const { e0, t } = w
  try {
    const xdp = returns('xdp', 2, { expectedAttachType: 'xdp' })
    attach(xdp, attachXdp(sys, xdp, { ifindex: e0, netns: t.netns }))
    const raw = returns('raw_tracepoint', 0)
    attach(raw, attachRawTracepoint(sys, raw, 'sys_enter'))
    if (await has('cgroup-link')) {
      const connect = returns('cgroup_sock_addr', 1, { expectedAttachType: 'cgroup_inet4_connect' })
      attach(connect, attachCgroup(sys, connect, { cgroup: group.path, at: 'cgroup_inet4_connect' }))
    }
    if (await has('sk-lookup-link')) {
      const lookup = returns('sk_lookup', 1, { expectedAttachType: 'sk_lookup' })
      attach(lookup, attachNetns(sys, lookup, { netns: t.netns, at: 'sk_lookup' }))
    }
    if (await has('tcx')) {
      const tcx = returns('sched_cls', -1)
      attach(tcx, attachTcx(sys, tcx, { ifindex: e0, at: 'egress', netns: t.netns }))
    }
    if (await has('netfilter-link')) {
      const filter = returns('netfilter', 1, { expectedAttachType: 'netfilter' })
      attach(filter, attachNetfilter(sys, filter, { netns: t.netns, family: 4, hook: 'input', priority: 7 }))
    }
    expect(open.length).toBeGreaterThanOrEqual(4)
    const shown = JSON.parse(execFileSync('bpftool', ['-j', 'link', 'show'], { encoding: 'utf8' })) as Shown[]
    const listed = listLinks(sys).unwrap()
    for (const { link, program } of open) {
      const info = link.info().unwrap()
      const programId = program.info().unwrap().id
      expect(info.programId).toBe(programId)
      const theirs = shown.find(({ id }) => id === info.id)
      expect(theirs, info.type).toMatchObject({ id: info.id, prog_id: programId })
      // a bpftool older than a type shows its number
      if (typeof theirs?.type === 'string' && !/^type_|unknown/.test(theirs.type))
        expect(theirs.type.replaceAll(' ', '_')).toBe(info.type === 'raw_tracepoint' ? 'raw_tracepoint' : info.type)
      expect(listed.some(({ id }) => id === info.id)).toBe(true)
    }
  } finally {
    for (const { link, program } of open) {
      link.close()
      program.close()
    }
  }
})
