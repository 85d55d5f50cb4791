--- Tensors of as many dimensions as there can be, some of them expanded: what they give is what their elements give as a
-- matrix; and nothing makes one dimension more.
require 'torch'
local check = dofile((arg[0]:match('^(.*)/') or '.') .. '/check.lua')
local eq, ok, raises = check.eq, check.ok, check.error

local MOST = 64 -- TH_MAX_DIMS

local function ones(n)
   local sizes = {}
   for d = 1, n do sizes[d] = 1 end
   return sizes
end

-- MOST dimensions: 3 and 4 long at the ends and in the middle, `repeated` ones expanded to 2.
local function deep(name, ...)
   local sizes = ones(MOST)
   sizes[1], sizes[31], sizes[MOST] = 3, 2, 4
   local x = torch.range(1, 24):type('torch.' .. name .. 'Tensor'):reshape(torch.LongStorage(sizes))
   for _, d in ipairs{...} do sizes[d] = 2 end
   return x:expand(torch.LongStorage(sizes))
end

local function same(got, want, what)
   eq(got:nElement(), want:nElement(), what .. ': elements')
   ok(got:contiguous():view(-1):equal(want:contiguous():view(-1)), what)
end

for _, repeated in ipairs{{}, {2}, {33, 34}, {2, 17, 32, 33, 60, 62, 63}} do
   for _, name in ipairs{'Byte', 'Int', 'Float', 'Double'} do
      local x = deep(name, unpack(repeated))
      local whole = x:clone()
      local flat, what = whole:view(-1), name .. ' with ' .. #repeated .. ' expanded'
      eq(x:dim(), MOST, what)
      for _, op in ipairs{'sum', 'min', 'max', name == 'Int' and 'prod' or nil} do eq(x[op](x), flat[op](flat), what .. ': ' .. op .. ' of all') end
      eq(x:sum(), flat:double():sum(), what .. ': as doubles')
      for _, d in ipairs{1, 2, 31, 33, 34, 62, 63, MOST} do
         for _, op in ipairs{'sum', 'prod', 'max', 'min', 'cumsum', 'cumprod', 'sort'} do
            same((x[op](x, d)), (whole[op](whole, d)), ('%s: %s along %d'):format(what, op, d))
         end
         eq(x:select(d, 1):dim(), MOST - 1, what .. ': select')
         same(x:index(d, torch.LongTensor{1}), x:narrow(d, 1, 1), what .. ': index')
         same(torch.cat({x, x}, d), torch.cat({whole, whole}, d), what .. ': cat')
      end
      same(x + x, whole + whole, what .. ': +')
      same(torch.cmul(x, x:clone()), torch.cmul(whole, whole), what .. ': cmul')
      same(x:transpose(1, MOST):clone():transpose(1, MOST), whole, what .. ': a transposed copy')
      same(x:double(), whole:double(), what .. ': type')
      local counted = 0
      x:clone():apply(function() counted = counted + 1 end)
      eq(counted, x:nElement(), what .. ': apply')
      for _, form in ipairs{'binary', 'ascii'} do
         same(torch.deserialize(torch.serialize(x, form), form), whole, what .. ': ' .. form)
      end
      local path = os.tmpname()
      os.remove(path)
      torch.save(path .. '.pt', {x = x})
      same(torch.load(path .. '.pt').x, whole, what .. ': .pt')
      os.remove(path .. '.pt')
      ok(tostring(x):find('Tensor'), what .. ': tostring')
   end
end

-- ---- one more ----

local most = torch.Tensor(torch.LongStorage(ones(MOST)))
local wanted = '65 dimensions: tensors have at most 64'
raises(function() torch.Tensor(torch.LongStorage(ones(MOST + 1))) end, wanted)
raises(function() torch.Tensor(1):resize(torch.LongStorage(ones(MOST + 1))) end, wanted)
raises(function() torch.Tensor(1):view(torch.LongStorage(ones(MOST + 1))) end, wanted)
raises(function() torch.Tensor(1):reshape(torch.LongStorage(ones(MOST + 1))) end, wanted)
raises(function() torch.Tensor(1):set(torch.DoubleStorage(1), 1, torch.LongStorage(ones(MOST + 1))) end, wanted)
raises(function() most:unfold(1, 1, 1) end, wanted)
raises(function() torch.repeatTensor(torch.Tensor(1), torch.LongStorage(ones(MOST + 1))) end, wanted)
raises(function() torch.cat(most, most, MOST + 1) end, 'cat: argument #3 %(d%): invalid dimension 65')
eq(most:dim(), MOST, 'the tensor is as it was')

check.finish()
