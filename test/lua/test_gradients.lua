--- Derivatives of the operation table against finite differences of first and second order, in Double: every form that has one,
-- with layouts, broadcast and in place; and a count of those that have none.
-- labels: slow
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local G, T = dofile(here .. '/differences.lua'), dofile(here .. '/optest.lua')
torch.manualSeed(7)

local function random(...) return torch.DoubleTensor(...):uniform(0.5, 2) end
local function distinct(...) -- no two elements near each other
   local n = 1
   for _, s in ipairs{...} do n = n * s end
   return (torch.randperm(n):double() / 7 + 0.1):view(...)
end

-- ---- arguments by row; the default is 3 x 4 and numbers of 1.5 ----

local index = torch.LongTensor{2, 1, 3}
local lanes = torch.LongTensor{{2, 1, 3, 3}, {1, 2, 2, 1}}
local mask = torch.ByteTensor{{1, 0, 1, 1}, {0, 1, 0, 0}, {1, 1, 0, 1}}
local function square() return random(3, 3) + torch.eye(3) * 3 end
local function symmetric() local a = random(3, 3) return a + a:t() + torch.diag(torch.Tensor{1, 3, 6}) end
local function definite() local a = random(3, 3) return torch.mm(a, a:t()) + torch.eye(3) end
local upper = function() return torch.triu(random(3, 3)) + torch.eye(3) end

-- name -> list of argument lists; a function of torch unless the row has methods only
local given = {
   clamp = {{distinct(3, 4), 0.5, 1.2}},
   cmax = {{distinct(3, 4), distinct(3, 4) + 0.07}, {distinct(3, 4), 0.87}}, cmin = {{distinct(3, 4), distinct(3, 4) + 0.07}, {distinct(3, 4), 0.87}},
   tan = {{random(3, 4) / 2}}, asin = {{random(3, 4) / 3}}, acos = {{random(3, 4) / 3}},
   absdiff = {{distinct(3, 4), distinct(3, 4) + 0.05}},
   cfmod = {{distinct(3, 4) + 0.01, random(3, 4)}}, cmod = {{distinct(3, 4) + 0.01, random(3, 4)}}, cremainder = {{distinct(3, 4) + 0.01, random(3, 4)}},
   lshift = {{random(3, 4), 2}}, rshift = {{random(3, 4), 2}}, clshift = {{random(3, 4), random(3, 4)}}, crshift = {{random(3, 4), random(3, 4)}},
   pow = {{random(3, 4), 2.5}, {1.5, random(3, 4)}, {random(3, 4) - 1, 3}},
   add = {{random(3, 4), 2}, {random(3, 4), 2, random(3, 4)}, {random(3, 4), random(3, 4)}}, csub = {{random(3, 4), 2}, {random(3, 4), 2, random(3, 4)}},
   sum = {{random(3, 4)}, {random(3, 4), 1}, {random(2, 3, 2), 2}}, prod = {{random(2, 3)}, {random(3, 4), 1}, {random(3, 4), 2}},
   mean = {{random(3, 4)}, {random(3, 4), 1}},
   norm = {{random(3, 4)}, {random(3, 4) - 1, 3}, {random(3, 4), 1}, {random(3, 4) - 1, 2, 1}, {random(3, 4), 1.5, 2}, {distinct(3, 4), math.huge}},
   addmm = {{random(3, 2), random(3, 4), random(4, 2)}, {2, random(3, 2), 3, random(3, 4), random(4, 2)}},
   addmv = {{random(3), random(3, 4), random(4)}, {2, random(3), 3, random(3, 4), random(4)}},
   addr = {{random(3, 4), random(3), random(4)}, {2, random(3, 4), 3, random(3), random(4)}},
   addbmm = {{random(3, 2), random(2, 3, 4), random(2, 4, 2)}, {2, random(3, 2), 3, random(2, 3, 4), random(2, 4, 2)}},
   baddbmm = {{random(2, 3, 2), random(2, 3, 4), random(2, 4, 2)}, {2, random(2, 3, 2), 3, random(2, 3, 4), random(2, 4, 2)}},
   dot = {{random(3, 4), random(3, 4)}, {random(12), random(3, 4)}},
   mv = {{random(3, 4), random(4)}}, mm = {{random(3, 4), random(4, 2)}}, bmm = {{random(2, 3, 4), random(2, 4, 2)}}, ger = {{random(3), random(4)}},
   index = {{random(3, 4), 1, index}, {random(3, 4), 2, index}},
   indexCopy = {{random(3, 4), 1, index, random(3, 4)}}, indexAdd = {{random(3, 4), 1, torch.LongTensor{2, 2, 1}, random(3, 4)}},
   indexFill = {{random(3, 4), 1, torch.LongTensor{2}, 7}},
   gather = {{random(3, 4), 1, lanes}}, scatterAdd = {{random(3, 4), 1, lanes, random(2, 4)}},
   scatter = {{random(3, 4), 1, torch.LongTensor{{2, 1, 3, 3}, {1, 2, 2, 1}}, random(2, 4)}, {random(3, 4), 1, lanes, random(3, 4)}, {random(3, 4), 1, lanes, 7}},
   maskedFill = {{random(3, 4), mask, 7}}, maskedCopy = {{random(3, 4), mask, random(7)}, {random(3, 4), mask, random(3, 4)}}, maskedSelect = {{random(3, 4), mask}},
   cumsum = {{random(3, 4), 1}, {random(3, 4), 2}, {random(4)}}, cumprod = {{random(3, 4), 1}, {random(3, 4), 2}},
   max = {{distinct(3, 4)}, {distinct(3, 4), 1}}, min = {{distinct(3, 4)}, {distinct(3, 4), 2}},
   var = {{random(3, 4)}, {random(3, 4), true}, {random(3, 4), 1}, {random(3, 4), 2, true}},
   std = {{random(3, 4)}, {random(3, 4), true}, {random(3, 4), 1}, {random(3, 4), 2, true}},
   renorm = {{random(3, 4), 2, 1, 1}, {random(3, 4), 3, 2, 1.5}},
   reshape = {{random(3, 4), 2, 6}}, diag = {{random(3)}, {random(3), 1}, {random(3, 4)}, {random(3, 4), 1}, {random(4, 3), -1}},
   cat = {{random(3, 4), random(3, 2)}, {random(3, 4), random(1, 4), 1}, {{random(2), random(3), random(1)}}, {{random(3, 1), random(3, 2)}, 2}},
   tril = {{random(3, 4)}, {random(3, 4), 1}}, triu = {{random(3, 4)}, {random(3, 4), -1}}, trace = {{random(3, 3)}},
   cross = {{random(3, 4), random(3, 4)}, {random(4, 3), random(4, 3), 2}}, match = {{random(3, 2), random(4, 2)}, {random(3, 2), random(4, 2), 2}},
   dist = {{random(3, 4), random(3, 4) * 3}, {random(3, 4), random(3, 4), 3}},
   sort = {{distinct(3, 4)}, {distinct(3, 4), 1, true}}, topk = {{distinct(3, 4), 2}, {distinct(3, 4), 2, 1, true, true}}, kthvalue = {{distinct(3, 4), 2}},
   median = {{distinct(3, 4)}, {distinct(3, 4), 1}}, mode = {{distinct(3, 4)}},
   narrow = {{random(3, 4), 2, 2, 2}}, transpose = {{random(3, 4), 1, 2}}, unfold = {{random(5, 2), 1, 3, 1}, {random(2, 5), 2, 2, 2}},
   select = {{random(3, 4), 2, 1}, {random(3, 4), 1, 3}, {random(3), 1, 2}}, t = {{random(3, 4)}},
   view = {{random(3, 4), 2, -1}, {random(3, 4), torch.LongStorage{4, 1, 3}}}, viewAs = {{random(3, 4), random(4, 3)}},
   expand = {{random(3, 1), 3, 4}, {random(1, 3, 1), 2, 3, 2}, {random(1), 4}}, expandAs = {{random(1, 4), random(3, 4)}},
   squeeze = {{random(3, 1, 4)}, {random(3, 1), 2}, {random(1, 1)}},
   gesv = {{random(3, 2), square()}}, inverse = {{square()}},
   trtrs = {{random(3, 2), upper()}, {random(3, 2), upper():t():clone(), 'L'}, {random(3, 2), upper(), 'U', 'T'}, {random(3, 2), upper(), 'U', 'N', 'U'}},
   gels = {{random(4, 2), random(4, 3)}, {random(2, 2), random(2, 3)}},
   eig = {{symmetric(), 'V'}, {symmetric() + torch.triu(random(3, 3)) / 5}},
   symeig = {{symmetric()}, {symmetric(), 'N', 'L'}}, svd = {{random(4, 3) + torch.eye(4, 3) * 2}, {random(2, 4)}},
   potrf = {{definite()}, {definite(), 'L'}}, potrs = {{random(3, 2), upper()}, {random(3, 2), upper():t():clone(), 'L'}}, potri = {{upper()}, {upper():t():clone(), 'L'}},
   geqrf = {{random(4, 3)}, {random(2, 3)}}, orgqr = {{random(4, 2), random(2)}},
   ormqr = {{random(4, 2), random(2), random(4, 3)}, {random(4, 2), random(2), random(3, 4), 'R', 'T'}},
   pstrf = {{definite()}, {definite(), 'L'}},
   qr = {{random(4, 3)}, {random(3, 3)}, {random(2, 4)}},
}
for _, name in ipairs{'conv2', 'xcorr2'} do
   given[name] = {}
   for _, how in ipairs{'V', 'F'} do
      for _, pair in ipairs{{random(4, 3), random(2, 2)}, {random(2, 3, 3), random(2, 2, 2)}, {random(2, 3, 3), random(2, 2, 2, 2)}} do
         table.insert(given[name], {pair[1], pair[2], how})
      end
   end
end
for _, name in ipairs{'conv3', 'xcorr3'} do
   given[name] = {}
   for _, how in ipairs{'V', 'F'} do
      for _, pair in ipairs{{random(3, 3, 2), random(2, 2, 2)}, {random(2, 2, 3, 2), random(2, 1, 2, 2)}, {random(1, 2, 3, 2), random(2, 1, 1, 2, 2)}} do
         table.insert(given[name], {pair[1], pair[2], how})
      end
   end
end
-- signs, phases and other freedoms of factors: what is compared must not depend on them
local compared = {
   eig = function(e, V) return e, torch.cmul(V, V) end,
   symeig = function(e) return e end,
   svd = function(U, S, V) return S, torch.cmul(U, U), torch.cmul(V, V) end,
   gesv = function(X) return X end, trtrs = function(X) return X end, gels = function(X) return X end,
   median = function(r) return r end, sort = function(r) return r end,
}
-- What differences of second order cannot see at the size of a step.
local loose = {eig = 1e-4, svd = 1e-4, qr = 1e-4, symeig = 1e-4, gels = 1e-4}

-- ---- every row ----

local function defaults(form)
   local list = {}
   for _, a in ipairs(form) do
      if a.kind == 'tensor' then list[#list + 1] = random(3, 4)
      elseif a.kind == 'scalar' or a.kind == 'number' then list[#list + 1] = 1.5 end
   end
   return list
end

local function call_of(row)
   return #row.functions > 0 and torch[row.name] or function(x, ...) return x[row.name](x, ...) end
end

-- Methods that change their first argument are called on a copy of it.
local function writes(row)
   local form = row.functions[1] or row.methods[1]
   return form[1].kind == 'inout'
end

local function checked(row, f, args, what)
   local pick = compared[row.name]
   G.check(check, what, function(...)
      local list = {...}
      if writes(row) then -- some return another argument
         list[1] = list[1]:clone()
         f(unpack(list))
         return list[1]
      end
      if pick then return pick(f(unpack(list))) end
      return f(unpack(list))
   end, args, loose[row.name])
end

local function has_tensor(form)
   for _, a in ipairs(form) do
      if (a.kind == 'tensor' or a.kind == 'tensors' or a.kind == 'inout') and not a.type then return true end
   end
end
local function makes_tensor(form)
   if form.ret then return form.ret == 'accreal' or form.ret == 'real' or form.ret:find('^Tensor') end
   for _, a in ipairs(form) do
      if (a.kind == 'out' or a.kind == 'newout' or a.kind == 'inout') and not a.type then return true end
   end
end

local only, count, missing = arg[1], 0, {}
for _, row in ipairs(T.cases) do
   local double = false
   for _, t in ipairs(row.types) do double = double or t == 'Double' end
   if double and (row.lua ~= 'handwritten' or row.grad) and (not only or only == row.name) then
      local known, rule = true, false
      for _, forms in ipairs{row.functions, row.methods} do
         for _, form in ipairs(forms) do
            if has_tensor(form) and makes_tensor(form) then
               count = count + 1
               known = known and (row.grad ~= nil or form.grad ~= nil)
               rule = rule or next(form.grad or row.grad or {}) ~= nil
            end
         end
      end
      if not known then missing[#missing + 1] = row.name end
      if known and rule then
         local lists = given[row.name]
         if not lists then
            lists = {}
            for _, form in ipairs(row.functions) do
               if not form.expr then lists[#lists + 1] = defaults(form) end
            end
         end
         for i, args in ipairs(lists) do checked(row, call_of(row), args, ('%s %d'):format(row.name, i)) end
         if row.map then -- layouts, broadcast, and in place
            local args = lists[1]
            local function changed(f)
               local list = {}
               for i, a in ipairs(args) do list[i] = torch.isTensor(a) and f(a, i) or a end
               return list
            end
            checked(row, call_of(row), changed(function(a) return a:t():clone():t() end), row.name .. ' transposed')
            if torch.isTensor(args[2]) and row.name ~= 'atan2' then
               checked(row, call_of(row), changed(function(a, i) return i == 2 and a:narrow(1, 1, 1):clone() or a end), row.name .. ' broadcast')
               checked(row, call_of(row), changed(function(a, i) return i == 2 and a:view(-1) or a end), row.name .. ' other sizes')
            end
            if torch.isTensor(args[1]) then
               checked(row, function(x, ...)
                  x = x:clone()
                  return x[row.name](x, ...)
               end, args, row.name .. ' in place')
            end
         end
      end
   end
end
print(('%d forms'):format(count))
if not only then check.eq(table.concat(missing, ' '), '', 'rows without a derivative') end
check.finish()
