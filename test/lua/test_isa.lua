--- TH_ISA: every level that the machine offers can be asked for; anything else is an error that says what is.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'torch'
local th = arg[-1] or 'th'
local info = torch.cpuinfo()

local function run(isa, code)
   local pipe = io.popen(("TH_ISA='%s' %s -e '%s' 2>&1; echo \"status $?\""):format(isa, th, code))
   local text = pipe:read('*a')
   pipe:close()
   return text
end

local offered = {}
for _, isa in ipairs(info.isas) do
   offered[isa] = true
   check.eq(run(isa, 'print(torch.cpuinfo().isa)'), isa .. '\nstatus 0\n', 'TH_ISA=' .. isa)
end
check.ok(offered.base, 'the portable loops are always there')
check.ok(offered[info.isa], 'the loops in use are among those that are offered')
check.eq(run('', 'print(torch.cpuinfo().isa)'), info.isas[#info.isas] .. '\nstatus 0\n', 'an empty TH_ISA chooses the best')

local function refused(isa, why)
   local text = run(isa, 'print(torch.ones(2):add(1):sum())')
   check.match(text, 'TH_ISA=' .. isa .. ': ' .. why, 'TH_ISA=' .. isa .. ' is refused')
   check.match(text, 'offers ' .. table.concat(info.isas, ', '):gsub('%p', '%%%0'), 'the message names those that are offered')
   check.match(text, 'status [^0]', 'the program fails')
end
refused('sse2', 'no such instruction set')
refused('AVX2', 'no such instruction set')
for _, isa in ipairs{'avx2', 'avx512'} do
   if not offered[isa] then refused(isa, 'instruction set not available') end
end

for _, field in ipairs{'model', 'isa', 'blas', 'blasconfig'} do
   check.ok(type(info[field]) == 'string' and #info[field] > 0, 'cpuinfo: ' .. field)
end
check.eq(info.threads, torch.getnumthreads(), 'cpuinfo: threads')
check.eq(info.cores, torch.getnumcores(), 'cpuinfo: cores')
check.finish()
