--- data: sets, batches for any number of workers, resuming, errors of samples, transforms.
require 'torch'
local data = require 'data'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

local function list(t) return torch.isTensor(t) and (t:dim() == 0 and {} or t:contiguous():view(-1):totable()) or t end
local function same(a, b, what) return eq(list(a), list(b), what) end
local function near(a, b, what)
   a, b = torch.Tensor(list(a)), torch.Tensor(list(b))
   return ok(a:isSameSizeAs(b) and (a - b):abs():max() < 1e-6, what)
end

-- ---- sets ----

local x = torch.range(1, 40):view(20, 2)
local y = torch.range(1, 20):long()
local set = data.tensors(x, y)

do -- tensors and what is made of sets
   eq(set:size(), 20, 'size')
   local a, b = set:get(3)
   same(a, {5, 6}, 'input')
   eq(b, 3, 'target')
   same(select(2, set:batch{4, 1}), {4, 1}, 'batch of a list')
   local part = set:subset(5, 8)
   eq(part:size(), 4, 'subset of a range')
   eq(select(2, part:get(2)), 6, 'its sample')
   same(select(2, set:subset{9, 2}:batch{1, 2}), {9, 2}, 'subset of a list')
   eq(set:subset(3, 2):size(), 0, 'empty subset')
   local big, small = set:split(0.8, 3)
   eq({big:size(), small:size()}, {16, 4}, 'split')
   local seen = {}
   for _, s in ipairs{big, small} do
      for i = 1, s:size() do seen[select(2, s:get(i))] = true end
   end
   eq(#seen, 20, 'a split has every sample')
   same(big.at, (set:split(0.8, 3)).at, 'and is the same for a seed')
   local p, q, r = set:split({0.5, 0.25, 0.25}, false)
   eq({p:size(), q:size(), r:size(), (select(2, q:get(1)))}, {10, 5, 5, 11}, 'split in order')
   local all = part:concat(set)
   eq({all:size(), (select(2, all:get(4))), (select(2, all:get(5)))}, {24, 8, 1}, 'concat')
   local mapped = set:map(function(input, target) return input * 2, target + 1 end, function(input, target) return input + 1, target end)
   local u, v = mapped:batch{1, 2}
   same(u, {3, 5, 7, 9}, 'map')
   same(v, {2, 3}, 'map of targets')
   same((set:mapBatches(function(input, target) return input:sum(2), target end):batch{1, 2}), {3, 7}, 'mapBatches')
   match(tostring(set), 'data.Tensors of 20 samples', 'as text')
   local made = data.Set(3, function(i) return torch.Tensor{i}, {class = i, name = 'n' .. i} end)
   local _, t = made:batch{1, 3}
   same(t.class, {1, 3}, 'fields are batches')
   eq(t.name, {'n1', 'n3'}, 'texts stay a list')
   same(data.Set(2, function(i) return torch.LongTensor{i, 7} end):batch{2, 1}, {2, 7, 1, 7}, 'stacked Longs')
   check.error(function() data.tensors(x, y:narrow(1, 1, 3)) end, 'test_data.lua:%d+: data.tensors: argument #2 %(targets%): 3 targets for 20', 'lengths')
   check.error(function() set:get(21) end, 'from 1 to 20 expected, got 21', 'no such sample')
   check.error(function() set:get('x') end, 'Set.get: argument #1 %(i%): .* got x', 'a sample by a string')
   check.error(function() set:batches{workers = 1e9} end, 'workers: number of threads from 0 to 1024 expected', 'too many workers')
   check.error(function() set:subset{0} end, 'argument #1 %(indices%): numbers from 1 to 20 expected, got 0', 'no such sample in a subset')
   check.error(function() set:batches{sise = 3} end, "no option 'sise'; did you mean 'size'", 'a misspelled option')
   check.error(function() set:map(3) end, 'Set.map: argument #1 %(f%): function expected', 'map of a number')
   check.error(function() data.Set(2, function(i) return torch.ones(i) end):batch{1, 2} end, 'sample 2 of a batch is %[2%] where the first is %[1%]', 'sizes')
end

-- ---- batches ----

local function drawn(input, target, generator)
   return input + torch.uniform(generator, 0, 1) + torch.uniform(0, 1), target
end

-- Everything that two epochs give, as a list of numbers.
local function run(s, options, epochs)
   local batches, all = s:batches(options), {}
   for _ = 1, epochs or 2 do
      for a, b in batches do
         for _, v in ipairs(list(a)) do all[#all + 1] = v end
         for _, v in ipairs(list(b)) do all[#all + 1] = v end
      end
   end
   batches:close()
   return all
end

do
   local n = 0
   for input, target, indices in set:batches{size = 8} do
      n = n + 1
      eq(input:size(1), n == 3 and 4 or 8, 'sizes of batches')
      same(indices, target, 'indices')
   end
   eq(n, 3, 'batches of an epoch')
   eq(set:batches{size = 8, last = false}:size(), 2, 'without a smaller last batch')
   local whole, joined = {}, {}
   for x in set:batches{size = 8, shuffle = true, seed = 3} do whole[#whole + 1] = x:view(-1):totable() end
   for part = 1, 3 do
      local k = 0
      for x in set:batches{size = 8, shuffle = true, seed = 3, part = {part, 3}} do
         k = k + 1
         joined[k] = joined[k] or {}
         for _, v in ipairs(x:view(-1):totable()) do table.insert(joined[k], v) end
      end
   end
   eq(joined, whole, 'parts of batches, joined, are the batches')
   check.error(function() set:batches{part = {4, 3}} end, 'part: {k, n}, the k%-th of n parts, expected', 'no such part')
   local random = set:map(drawn)
   local options = {size = 3, shuffle = true, seed = 5}
   local one = run(random, options)
   eq(#one, 2 * 60, 'two epochs')
   local differ = 0
   for k = 7, 9 do differ = differ + (one[k] ~= one[60 + k] and 1 or 0) end
   ok(differ > 0, 'epochs have orders of their own')
   for _, workers in ipairs{1, 2, 3} do
      options.workers = workers
      eq(run(random, options), one, workers .. ' workers: the same to the bit')
   end
   options.seed = 6
   options.workers = 0
   ok(run(random, options)[1] ~= one[1], 'another seed')
   torch.manualSeed(9)
   local before = torch.uniform()
   torch.manualSeed(9)
   run(random, {seed = 1})
   eq(torch.uniform(), before, "the user's generator is left alone")
end

do -- exact resume, in mid-epoch, with another number of workers
   local random = set:map(drawn)
   local options = {size = 3, shuffle = true, seed = 5}
   local whole, batches, part = run(random, options), random:batches(options), {}
   local function add(a, b)
      for _, v in ipairs(list(a)) do part[#part + 1] = v end
      for _, v in ipairs(list(b)) do part[#part + 1] = v end
   end
   for _ = 1, 3 do add(batches()) end
   local state = torch.deserialize(torch.serialize(batches:state()))
   options.workers, options.seed = 2, nil
   local second = random:batches(options):resume(state)
   for a, b in second do add(a, b) end
   for a, b in second do add(a, b) end
   eq(part, whole, 'resumed in mid-epoch')
   second()
   second:restart()
   same(select(3, second()), select(3, random:batches{size = 3, shuffle = true, seed = 5}:restart(3)()), 'restart')
   second:close()
   check.error(function() set:batches{size = 4, shuffle = true}:resume(state) end, 'batches with size = 3, here it is 4', 'a state of other batches')
end

do -- errors of samples
   for _, workers in ipairs{0, 2} do
      local bad = data.Set(9, function(i)
         if i == 5 then error('no picture') end
         return torch.Tensor{i}
      end, function(i) return i .. '.png' end)
      local batches, got = bad:map(function(input) return input end):batches{size = 2, workers = workers}, {}
      check.error(function()
         for a in batches do got[#got + 1] = a[1][1] end
      end, 'test_data.lua:%d+: data.batches: sample 5 %(5.png%): .*no picture', 'the sample is named, workers: ' .. workers)
      eq(got, {1, 3}, 'what came before it')
      same((batches()), {7, 8}, 'and it goes on behind')
      batches:close()
   end
   local f = io.open -- a function of a package, and a package, as upvalues
   local floor, t = math.floor, torch
   local travels = data.Set(4, function(i) return t.Tensor{floor(i + 0.5), f and 1 or 0} end)
   same((travels:batches{size = 4, workers = 1}()), {1, 1, 2, 1, 3, 1, 4, 1}, 'upvalues that are packages and functions of theirs')
   local copy = torch.deserialize(torch.serialize(travels:map(data.hflip(0))))
   eq(copy:size(), 4, 'sets can be written')
   same((copy:subset(1, 1):batch{1}), {1, 1}, 'with their functions')
   local co = coroutine.wrap(function() end)
   check.error(function() data.Set(1, function() return co end):batches{workers = 1}() end, 'data.Set.batches: workers cannot begin: .*', 'what cannot travel')
   local lists = set:batches{size = 2, collate = function(inputs, targets, n) return #inputs + n, targets end, workers = 1}
   eq((lists()), 4, 'collate')
   lists:close()
   local initialized = data.Set(1, function() return torch.Tensor{NUMBER} end):batches{workers = 1, init = function(id) NUMBER = id end} -- luacheck: ignore
   same((initialized()), {1}, 'init')
   initialized:close()
end

-- ---- transforms ----

do
   local img = torch.range(1, 2 * 6 * 8):view(2, 6, 8):float():div(100)
   local g = torch.Generator()
   local function seeded(t, input)
      torch.manualSeed(g, 3)
      return t:apply(input or img, g)
   end
   same(seeded(data.centerCrop(2)):size():totable(), {2, 2, 2}, 'centerCrop')
   eq(data.centerCrop(2, 4):apply(img)[{1, 1, 1}], img[{1, 2, 4}], 'its place')
   local places = {}
   for _ = 1, 200 do places[data.randomCrop(7, 5):apply(img, g)[{1, 1, 1}]] = true end
   local n = 0
   for _ in pairs(places) do n = n + 1 end
   eq(n, 4, 'randomCrop: every place')
   same(seeded(data.randomCrop(10, 10, 2)):size():totable(), {2, 10, 10}, 'padded')
   check.error(function() data.randomCrop(20):apply(img, g) end, 'data.randomCrop: the image is 6 x 8 %(height x width%), smaller than 20 x 20', 'too small')
   near(data.hflip(1)(img)[{1, 1}], {0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01}, 'hflip')
   same(data.vflip(1):apply(img)[{1, 1}], img[{1, 6}], 'vflip')
   ok(data.hflip(0):apply(img) == img, 'hflip: never')
   same(seeded(data.scale(4, 3)):size():totable(), {2, 3, 4}, 'scale')
   same(seeded(data.randomScaleCrop(4)):size():totable(), {2, 4, 4}, 'randomScaleCrop')
   same(seeded(data.rotate(0)), img, 'rotate by nothing')
   local rgb = torch.rand(3, 4, 4)
   local jitter = data.colourJitter{brightness = 0.4, contrast = 0.4, saturation = 0.4}
   local j = seeded(jitter, rgb)
   ok(j:min() >= 0 and j:max() <= 1 and j:ne(rgb):sum() > 0, 'colourJitter')
   same(seeded(data.colourJitter{}, rgb), rgb, 'of nothing')
   same(seeded(jitter, rgb), j, 'the generator decides')
   eq(seeded(data.erase(1, 0.5), torch.ones(4, 4)):eq(0):sum() > 0, true, 'erase')
   ok(math.abs(seeded(data.noise(0.5), torch.zeros(50, 50)):std() - 0.5) < 0.05, 'noise')
   local norm = data.normalize({0.5, 1}, {2, 4}):apply(torch.ones(2, 1, 1))
   same(norm, {0.25, 0}, 'normalize')
   same(data.normalize(0.5, 0.5):apply(torch.ByteTensor{0, 255}), {-1, 1}, 'normalize of Bytes')
   check.error(function() data.normalize({1, 2}, {1, 2}):apply(torch.ones(3, 1, 1)) end, 'an image has 3 channels, mean has 2', 'channels')
   match(tostring(data.randomCrop(3)), 'data.randomCrop%(height=3, pad=0, width=3%)', 'as text')
   local both = data.compose(data.hflip(1), data.centerCrop(2))
   near(both:apply(img)[1], {0.21, 0.20, 0.29, 0.28}, 'compose')
   local images = data.tensors(torch.rand(6, 3, 8, 8), torch.LongTensor(6):fill(1)):map(data.randomCrop(5), data.hflip())
   eq(run(images, {size = 2, seed = 1, workers = 2}), run(images, {size = 2, seed = 1}), 'transforms in workers')
   local n10 = data.normalizer(torch.Tensor{{1, 5}, {3, 5}})
   same(n10:apply(torch.Tensor{{2, 5}}), {0, 0}, 'normalizer')
   near(n10:invert(n10:apply(x)), x, 'and back')
end

check.finish()
