--- rocks/: every package has a rockspec, which names the packages that it needs.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok = check.eq, check.ok
local project = (arg[0]:match('^(.*/)') or './') .. '../../'

local function lines(command)
   local pipe, all = io.popen(command), {}
   for line in pipe:lines() do all[#all + 1] = line end
   pipe:close()
   return all
end

local specs = {}
for _, file in ipairs(lines('ls ' .. project .. 'rocks/*.rockspec')) do
   local spec = {}
   setfenv(assert(loadfile(file)), spec)()
   eq(file:match('([^/]*)%.rockspec$'), spec.package .. '-' .. spec.version, file)
   specs[spec.package] = spec
   spec.needs = {}
   for _, dependency in ipairs(spec.dependencies) do spec.needs[dependency:match('^%w+')] = true end
   for _, command in ipairs {'build', 'install'} do
      local text = spec.build[command .. '_command']
      eq(text:match('^sh rocks/make (%w+ %w+)'), command .. ' ' .. spec.package, file .. ': ' .. command)
   end
end

-- What a rock stands on, near and far
local function closure(name, into)
   for need in pairs(specs[name] and specs[name].needs or {}) do
      if not into[need] then
         into[need] = true
         closure(need, into)
      end
   end
   return into
end

-- Folders of the packages, as the build installs them
local folders = {}
local f = assert(io.open(project .. 'CMakeLists.txt'))
for folder in f:read('*a'):match('foreach%(package ([^)]*)%)'):gmatch('%S+') do
   folders[folder:match('[^/]*$')] = folder
end
f:close()

-- What is asked for only where it is there, or by functions that are about it
local optional = {
   torch = {nn = true, cutorch = true, sys = true}, optim = {gnuplot = true, plot = true}, plot = {image = true, jupyter = true, optim = true},
   nn = {onnx = true, nngraph = true}, train = {dist = true}, cunn = {threads = true}, trepl = {cjson = true, csvigo = true, pl = true, model = true},
}
-- Libraries and parts of a rock by other names
local part_of = {luaT = 'torch', libtorch = 'torch', torchdata = 'torch', libformats = 'torch', libnn = 'nn', libimage = 'image', liboptim = 'optim', libthreads = 'threads', libdist = 'dist',
                 libcutorch = 'cutorch', libcunn = 'cunn', ffi = 'lua', jit = 'lua', bit = 'lua'}

for name, folder in pairs(folders) do
   local rock = part_of[name] or name
   ok(specs[rock], 'rockspec of ' .. rock)
   local allowed = closure(rock, {[rock] = true, lua = true})
   for _, line in ipairs(lines(([[grep -rnE --include='*.lua' "require *\(?['\"][A-Za-z]" %s%s]]):format(project, folder))) do
      if not line:match('^[^:]*:%d+:%s*%-%-') then
         for needed in line:gmatch('require *%(?[\'"]([%w_]+)') do
            local other = part_of[needed] or needed
            ok(allowed[other] or (optional[rock] or {})[other], rock .. ' does not name ' .. other .. ': ' .. line)
         end
      end
   end
end

-- rocks/install makes each after those that it needs
local made = {lua = true}
for name in io.open(project .. 'rocks/install'):read('*a'):match("packages='([^']*)'"):gmatch('%S+') do
   for need in pairs(specs[name].needs) do ok(made[need], name .. ' is made before ' .. need) end
   made[name] = true
end
for name in pairs(specs) do ok(made[name] or name == 'cutorch' or name == 'cunn', 'rocks/install makes ' .. name) end

check.finish()
