-- The report of bench/suite.lua: Markdown.
local bench = require 'harness'
local reasons = require 'reasons'

-- Families of rows, in their order: a name, and a pattern of titles or a function of a row.
local function titled(pattern) return function(row) return row.title:find(pattern) end end
local families = {
   {'calls', titled '^Calls'},
   {'pointwise, 10 elements', titled '^Pointwise, 10 '},
   {'pointwise, 10^3', titled '^Pointwise, 1000 '},
   {'pointwise, 10^5', function(row) return row.title:find('^Pointwise, 100000 ') or row.title == 'Pointwise' and row.name:find('1e5') end},
   {'pointwise, 10^7', titled '^Pointwise'},
   {'reductions', titled '^Reductions'},
   {'sorting and selecting', titled '^Order'},
   {'moving memory', titled '^Moving'},
   {'products up to 512', function(row) return row.title:find('^Products') and not row.name:find('1024') and not row.name:find('4096') end},
   {'larger products, dot products', titled 'roduct'},
   {'LAPACK', titled '^LAPACK'},
   {'convolutions', titled '^Convolutions'},
   {'other layers', function(row) return row.title:find('^Layers') or row.title:find('^Tables') end},
   {'training steps', titled '^Training steps'},
   {'chains of operations', titled '^Chains'},
}

local function family_of(row)
   for _, family in ipairs(families) do
      if family[2](row) then return family[1] end
   end
   return row.title
end

local function geometric(list, key)
   local sum, n = 0, 0
   for _, row in ipairs(list) do
      if row[key] then
         sum = sum + math.log(row[key])
         n = n + 1
      end
   end
   return n > 0 and ('%.2f'):format(math.exp(sum / n)) or ''
end

local function behind(list)
   local found = {}
   for _, row in ipairs(list) do
      if row.ratio > 1 then found[#found + 1] = row end
   end
   table.sort(found, function(a, b) return a.ratio > b.ratio end)
   return found
end

-- Lists of rows by what `key` says of them, in the order in which they come.
local function grouped(rows, key)
   local order, groups = {}, {}
   for _, row in ipairs(rows) do
      local name = key(row)
      if not groups[name] then
         groups[name] = {}
         order[#order + 1] = name
      end
      table.insert(groups[name], row)
   end
   return order, groups
end

local function reason_of(row)
   for _, reason in ipairs(reasons) do
      if row.name:find(reason[1]) and (not reason.title or row.title:find(reason.title))
         and (not reason.share or row.limit and row.limit >= reason.share * row.ours) then return reason[2] end
   end
   return ''
end

--- all: {rows, threads, isa, peer, minutes}, rows having title, name, ours, peer, limit, compiled and per, and, where they are
--- of several passes, the lowest and the highest ratio; of the title 'Peak memory' these are bytes. about: what the machine is.
return function(all, about)
   local text, timed, memory = {}, {}, {}
   local function say(...) text[#text + 1] = select('#', ...) > 1 and string.format(...) or (...) end
   for _, row in ipairs(all.rows) do
      if row.peer then
         local per = row.per or 1
         row.ours, row.peer, row.limit = row.ours / per, row.peer / per, row.limit and row.limit / per
         row.ratio, row.ratio_compiled = row.ours / row.peer, row.compiled and row.ours / row.compiled
         local list = row.title == 'Peak memory' and memory or timed
         list[#list + 1] = row
      end
   end

   local function head()
      say '# Benchmarks\n'
      say('Times beside PyTorch %s, measured in turn in the same minute, medians of nine. A ratio is our time over PyTorch\'s: below 1', all.peer)
      say 'is ahead. Rows above 0.8 and training steps were measured five times, minutes apart, and are those of the median ratio. The share'
      say 'of the limit is that of what the machine can do, measured beside it: memory bandwidth of as many bytes,'
      say 'or multiply-adds at their peak.\n'
      say('- Machine: %s, %s, %d threads, %s loops, %s; %s.', about.processor, about.machine, all.threads, all.isa, about.memory, about.system)
      say('- Versions: %s; LuaJIT %s; OpenBLAS %s; PyTorch %s; %s.', about.commit, jit.version:match('%S+$'), about.blas, all.peer, about.compiler)
      say('- Made by, in %.0f minutes:\n', all.minutes)
      say '      PYTHON=python build/th bench/suite.lua docs/benchmarks.md\n'
   end

   local function table_head(...)
      local cells = {...}
      say('| ' .. table.concat(cells, ' | ') .. ' |')
      say('|' .. ('---|'):rep(#cells))
   end
   local function share(row, time) return row.limit and ('%.0f %%'):format(100 * row.limit / time) or '' end
   local function line(row, last)
      say('| %s | %s | %s | %.2f | %s | %s |', row.name, bench.human(row.ours * 1e9), bench.human(row.peer * 1e9), row.ratio,
         share(row, row.ours), last)
   end

   local function means()
      say '## Geometric means\n'
      table_head('family', 'rows', 'ratio', 'behind')
      local _, groups = grouped(timed, family_of)
      for _, family in ipairs(families) do
         local list = groups[family[1]]
         if list then say('| %s | %d | %s | %d |', family[1], #list, geometric(list, 'ratio'), #behind(list)) end
      end
      say('| all | %d | %s | %d |', #timed, geometric(timed, 'ratio'), #behind(timed))
   end

   local function rows_behind()
      say '\n## Rows behind, worst first\n'
      table_head('', 'ours', 'PyTorch', 'ratio', 'of the limit', 'of all passes', 'why')
      for _, row in ipairs(behind(timed)) do line(row, ('%.2f to %.2f | %s'):format(row.lowest, row.highest, reason_of(row))) end
   end

   local function compiled()
      local list = {}
      for _, row in ipairs(timed) do if row.compiled then list[#list + 1] = row end end
      if #list == 0 then return end
      say '\n## Beside torch.compile\n'
      table_head('', 'ours', 'of the limit', 'PyTorch', 'of the limit', 'ratio', 'torch.compile', 'of the limit', 'ratio')
      for _, row in ipairs(list) do
         say('| %s | %s | %s | %s | %s | %.2f | %s | %s | %.2f |', row.name, bench.human(row.ours * 1e9), share(row, row.ours),
            bench.human(row.peer * 1e9), share(row, row.peer), row.ratio, bench.human(row.compiled * 1e9), share(row, row.compiled),
            row.ratio_compiled)
      end
      say('| geometric mean | | | | | %s | | | %s |', geometric(list, 'ratio'), geometric(list, 'ratio_compiled'))
   end

   local function peaks()
      if #memory == 0 then return end
      say '\n## Peak resident memory of training steps\n'
      say 'Of a process that takes ten steps, and how much of it came after the libraries were loaded.\n'
      table_head('', 'ours', 'PyTorch', 'ratio')
      for _, row in ipairs(memory) do say('| %s | %.1f MB | %.1f MB | %.2f |', row.name, row.ours / 1e6, row.peer / 1e6, row.ratio) end
   end

   local function every_row()
      local order, groups = grouped(timed, function(row) return row.title end)
      for _, title in ipairs(order) do
         say('\n## %s\n', title)
         say('Geometric mean %s.\n', geometric(groups[title], 'ratio'))
         table_head('', 'ours', 'PyTorch', 'ratio', 'of the limit')
         for _, row in ipairs(groups[title]) do
            line(row, '')
            text[#text] = text[#text]:gsub('|  |$', '|')
         end
      end
   end

   head()
   rows_behind()
   say ''
   means()
   compiled()
   peaks()
   every_row()
   return table.concat(text, '\n') .. '\n'
end
