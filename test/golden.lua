-- Replays the values recorded from the original, when they are at hand:
--   th golden.lua path/to/th path/to/golden
-- A record that fails because a function, method, module or class does not exist is counted as
-- missing, one that differs on purpose as such; any other failure, and a replay that does not come
-- to its end, fails the test.
local th, dir = arg[1], arg[2]

local replay = io.open(dir .. '/replay.lua')
if not replay then
   print('skipped: no golden files at ' .. dir)
   os.exit(77)
end
replay:close()

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

-- What an error says when the name that was asked for does not exist.
local missing = {
   'attempt to call %S+ \'?[%w_%.]*\'? ?%(a nil value%)', 'attempt to index %S+ \'?[%w_%.]*\'? ?%(a nil value%)',
   'no torch%.', 'no method', 'no such function', 'module \'[%w_%.]+\' not found', 'unknown class', 'unknown Torch class',
   'missing name',
}

-- Where we do more than the original, or right what it does wrong (docs/differences.md).
local on_purpose = {
   'did not raise %(recorded message: inconsistent tensor size', -- sizes that differ broadcast
   'function dist%(.*, 0%): result 1: expected inf', -- p = 0 counts
   'torch%.multinomialAlias%(: %[[12]%] element', -- aliases are categories, and the tables stay
   'nn%.LayerNormalization.*: output: ', -- of a batch: the original subtracts other rows' means
   'nn%.SpatialDepthWiseConvolution.*: gradParams2: ', -- the original mixes up what was added before
   'nn%.SpatialDepthWiseConvolution.*: output: expected size %[2x3x3x4%], got %[2x3x4x3%]', -- height and width swapped
   'nn%.[%w]*UpSampling.*inear.* %[Double%]: output: ', -- the original rounds the places to floats
}

local function matches(line, patterns)
   for _, pattern in ipairs(patterns) do
      if line:find(pattern) then return true end
   end
   return false
end

local pipe = io.popen(quoted(th) .. ' ' .. quoted(dir .. '/replay.lua') .. ' ' .. quoted(dir) .. ' --max=1000000 2>&1')
local absent, meant, wrong, total_passed, total_failed, listed = 0, 0, 0, nil, nil, 0
for line in pipe:lines() do
   if line:find('^FAIL') then
      if matches(line, missing) then
         absent = absent + 1
      elseif matches(line, on_purpose) then
         meant = meant + 1
      else
         wrong = wrong + 1
         if listed < 60 then print(line:sub(1, 300)) end
         listed = listed + 1
      end
   else
      local p, f = line:match('^(%d+) passed, (%d+) failed$')
      if p then total_passed, total_failed = tonumber(p), tonumber(f)
      elseif line:find('passed, %d+ failed') then print(line) end
   end
end
pipe:close()
if not total_passed then
   print('the replay did not come to its end')
   os.exit(1)
end
print(('%d records agree, %d lack a name that does not exist here, %d differ on purpose, %d differ'):format(
   total_passed, absent, meant, wrong))
os.exit((wrong > 0 or total_failed ~= absent + meant + wrong) and 1 or 0)
