-- peak.lua NET BATCH THREADS: prints the peak of resident memory in bytes after ten training steps, and what was resident
-- before the net was made.
package.path = (arg[0]:match('^(.*)/') or '.') .. '/?.lua;' .. package.path
local nets = require 'nets'

local function status(key)
   for line in io.lines('/proc/self/status') do
      local kb = line:match('^' .. key .. ':%s*(%d+)')
      if kb then return tonumber(kb) * 1024 end
   end
end

torch.setnumthreads(tonumber(arg[3]))
local before = status('VmRSS')
nets.step(arg[1], tonumber(arg[2]))(10)
print(status('VmHWM'), before)
