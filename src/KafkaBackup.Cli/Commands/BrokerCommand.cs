using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
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
            Description = "ADDRESS:PORT; port 0 takes a free one; further nodes listen on the ports that follow",
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
        var topics = new Option<string[]>("--topic") { Description = "NAME[:PARTITIONS[:REPLICAS]]: a topic to create at the start; may be repeated; none where left out", DefaultValueFactory = _ => [] };
        var configs = new Option<string[]>("--set") { Description = "KEY=VALUE: a broker configuration, such as auto.create.topics.enable=false; may be repeated; Kafka's defaults where left out", DefaultValueFactory = _ => [] };
        var faults = new Option<string[]>("--fault") { Description = "A fault on purpose, for tests", Hidden = true, DefaultValueFactory = _ => [] };
        var versions = new Option<string[]>("--max-version") { Description = "API=VERSION: the highest version that is offered of an API, as by an older broker, such as Metadata=9 (no topic ids); may be repeated; the highest known where left out", DefaultValueFactory = _ => [] };
        var nodes = new Option<int>("--nodes") { Description = "How many nodes the cluster has, all in this process and on the one folder; 1 where left out", DefaultValueFactory = _ => 1 };
        nodes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100)
                result.AddError("--nodes takes 1 to 100");
        });
        var security = new BrokerSecurityOptions();
        var command = new Command("broker", "Run a Kafka broker, or a cluster of them, for development and tests: nothing is copied between nodes, nor fsynced before a clean stop")
        {
            listen, data, nodes, topics, configs, versions, faults,
        };
        foreach (var option in security.All)
            command.Add(option);
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
                    Nodes = parsed.GetValue(nodes),
                    Security = security.Read(parsed),
                    Topics = [.. parsed.GetValue(topics)!.Select(StartTopic.Parse)],
                    Configs = parsed.GetValue(configs)!.Select(c => c.Split('=', 2)).ToLookup(c => c[0], c => c.Length > 1 ? c[1] : "").ToDictionary(c => c.Key, c => c.Last()),
                    Faults = wrong,
                }.WithMaxVersions(parsed.GetValue(versions)!);
            }
            catch (Exception e) when (e is FormatException or CryptographicException)
            {
                return Terminal.Fail(ExitCode.WrongUsage, e.Message);
            }

            BrokerServer broker;
            try
            {
                broker = BrokerServer.Start(options);
            }
            catch (ArgumentException e)
            {
                return Terminal.Fail(ExitCode.WrongUsage, e.Message);
            }

            await using var running = broker;
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
