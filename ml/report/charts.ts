import { bySourceChart, classDistributionChart, confusionChart, curvesChart, reliabilityChart } from '../plots.ts';
import type { Charts, ReportData } from './report-data.ts';

/** All charts of an evaluation as SVG; to be kept as files and shown in the report. */
export async function drawCharts(data: ReportData): Promise<Charts> {
  const { champion, classes, metrics } = data;
  const models = [
    { model: 'challenger', metrics },
    ...(champion.state === 'measured' ? [{ model: `champion, ${champion.name}`, metrics: champion.metrics }] : []),
  ];
  const accuracies = Object.keys(metrics.bySource).flatMap((source) =>
    models.flatMap(({ model, metrics }) => {
      const accuracy = metrics.bySource[source]?.accuracy;
      return accuracy ? [{ source, model, accuracy }] : [];
    }),
  );
  const series = [
    ...(data.calibration ? [{ name: 'as trained', bins: data.uncalibrated }] : []),
    { name: data.calibration ? 'calibrated' : 'as published', bins: metrics.reliability },
  ];
  return {
    curves: await curvesChart(data.curves),
    'class-distribution': await classDistributionChart(data.counts, classes),
    confusion: await confusionChart(metrics.confusion, classes),
    reliability: await reliabilityChart(series),
    'by-source': await bySourceChart(accuracies),
  };
}
