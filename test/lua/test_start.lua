--- What a start of th does not load: the BLAS before the first call that needs it.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local th = arg[-1] or 'th'

local function run(code)
   local pipe = io.popen(("%s -e '%s' 2>&1"):format(th, code))
   local text = pipe:read('*a')
   pipe:close()
   return text
end

-- How often a file whose name has `word` is mapped by a process that runs `code`.
local mapped = [[local n = 0
   for line in io.lines("/proc/self/maps") do n = n + (line:find("/lib[^/]*blas[^/]*$") and 1 or 0) end
   print(n > 0)]]
if not io.open('/proc/self/maps') then
   print('skipped: the BLAS is not loaded at a start: no /proc/self/maps here')
elseif run(mapped) == 'true\n' and not paths.filep(paths.concat(paths.dirname(th), 'lib/libTHblas.so')) then
   print('skipped: the BLAS is not loaded at a start: it is part of libTH in this build')
else
   check.eq(run('require "nn" require "optim" local x = torch.ones(3, 3) x:t():exp():sum() ' .. mapped), 'false\n', 'no BLAS at a start')
   check.eq(run('torch.inverse(torch.eye(2)) ' .. mapped), 'true\n', 'BLAS after an inverse')
end
check.finish()
