import { definePolicy } from './src/schema/define.js'
import { lint } from './src/explain/lint.js'
import { createUniverse } from './src/universe/universe.js'
const ps=[...Array(2000)].map((_,i)=>definePolicy({kind:'network-policy',key:`p${i}`,subject:{kind:'endpoints',namespaces:{names:[`n${i%50}`]},selector:{matchLabels:{app:`a${i%40}`}}},rules:[0,1,2,3].map(k=>({direction:k%2?'ingress':'egress',peers:[{kind:'endpoints',selector:{matchLabels:{app:`b${(i*7+k)%90}`}}}],ports:[{protocol:'tcp',port:80+k}]}))}).unwrap())
let t=performance.now(); console.log(lint(ps as any).length, 'findings', (performance.now()-t).toFixed(0),'ms')
const u=createUniverse({endpoints:[...Array(3000)].map((_,i)=>({name:`e${i}`,namespace:`n${i%50}`,labels:{app:i%2?`a${i%40}`:`b${i%90}`}}))}).unwrap()
t=performance.now(); console.log(lint(ps as any,u).length, 'findings', (performance.now()-t).toFixed(0),'ms')
