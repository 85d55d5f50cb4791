--- A language model of characters: reads a text, learns what comes next, and writes some of its own.
--
--    th examples/characters.lua book.txt 10          text, epochs
--
-- Ctrl-C saves; the same command goes on. It leaves characters.t7 (the run), characters-best.t7 and characters.png.
require 'nn'
local data, train = require 'data', require 'train'

local file, epochs = arg[1] or error('usage: th examples/characters.lua TEXT [EPOCHS]', 0), tonumber(arg[2] or 10)
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(1)

local text = io.open(file):read('*a')
local tokenizer = data.characters(text)
local learn, test = data.text(tokenizer:encode(text), 32):split(0.9)
local lstm = nn.SeqLSTM(32, 128)
lstm.batchfirst = true
local net = nn.Sequential() -- [samples x steps] -> [samples * steps x characters]
   :add(nn.LookupTable(tokenizer:size(), 32))
   :add(lstm):add(nn.Contiguous())
   :add(nn.View(-1, 128)):add(nn.Linear(128, tokenizer:size())):add(nn.LogSoftMax())

local run = train.fit{
   net = net, criterion = nn.ClassNLLCriterion(), epochs = epochs,
   data = learn:batches{size = 16, shuffle = true, seed = 1}, validation = test:batches{size = 64},
   prepare = function(x, y) return x, y:view(-1) end,
   method = 'adam', schedule = train.warmUp(train.cosine{rate = 0.005, length = epochs}, 0.2), clip = {norm = 1},
   metrics = {train.perplexity(), train.accuracy()}, checkpoint = 'characters.t7',
   callbacks = {train.best('characters-best.t7', 'perplexity'), train.plot('characters.png')},
}

local written = tokenizer:encode(text:sub(1, 32)):totable()
run.net:evaluate()
for _ = 1, 200 do
   local last = torch.LongTensor{unpack(written, math.max(1, #written - 31))}:view(1, -1)
   local scores = run.net:forward(last)
   written[#written + 1] = torch.multinomial(scores[scores:size(1)]:exp(), 1)[1]
end
print(tokenizer:decode(written))
