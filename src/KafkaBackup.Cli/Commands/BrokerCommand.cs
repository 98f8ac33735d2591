using System.CommandLine;
using System.Net;
using KafkaBackup.Broker;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Errors;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>broker</c>: the development broker.</summary>
internal static class BrokerCommand
{
    public static Command Create()
    {
        var listen = new Option<IPEndPoint>("--listen")
        {
            Description = "ADDRESS:PORT; port 0 takes a free one",
            DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 9092),
            CustomParser = result =>
            {
                if (IPEndPoint.TryParse(result.Tokens[0].Value, out var endpoint))
                    return endpoint;
                result.AddError($"'{result.Tokens[0].Value}' is no ADDRESS:PORT");
                return null!;
            },
        };
        var data = new Option<DirectoryInfo>("--data") { Description = "The folder of its logs", DefaultValueFactory = _ => new DirectoryInfo(".kafka-broker") };
        var topics = new Option<string[]>("--topic") { Description = "NAME:PARTITIONS: a topic to create at the start; may be repeated; none where left out", DefaultValueFactory = _ => [] };
        var configs = new Option<string[]>("--set") { Description = "KEY=VALUE: a broker configuration, such as auto.create.topics.enable=false; may be repeated; Kafka's defaults where left out", DefaultValueFactory = _ => [] };
        var faults = new Option<string[]>("--fault") { Description = "A fault on purpose, for tests", Hidden = true, DefaultValueFactory = _ => [] };
        var command = new Command("broker", "Run a Kafka broker for development and tests: one node, no replicas, no security") { listen, data, topics, configs, faults };
        command.SetAction(async (parsed, cancellation) =>
        {
            BrokerOptions options;
            try
            {
                var wrong = new BrokerFaults();
                foreach (var fault in parsed.GetValue(faults)!)
                    wrong.Apply(fault);
                options = new BrokerOptions
                {
                    Listen = parsed.GetRequiredValue(listen),
                    DataFolder = parsed.GetRequiredValue(data).FullName,
                    Topics = [.. parsed.GetValue(topics)!.Select(StartTopic.Parse)],
                    Configs = parsed.GetValue(configs)!.Select(c => c.Split('=', 2)).ToLookup(c => c[0], c => c.Length > 1 ? c[1] : "").ToDictionary(c => c.Key, c => c.Last()),
                    Faults = wrong,
                };
            }
            catch (FormatException e)
            {
                return Terminal.Fail(ExitCode.WrongUsage, e.Message);
            }

            await using var broker = BrokerServer.Start(options);
            Console.Out.WriteLine($"kafka-backup broker listens on {broker.BootstrapServers}");
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Stopping is how a broker ends.
            }

            return 0;
        });
        return command;
    }
}
